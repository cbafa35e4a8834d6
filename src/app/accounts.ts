import { uuidv7 } from 'uuidv7';
import { AccountLimits } from '../account/account-limits.js';
import { Accounts } from '../account/accounts.js';
import { Authenticator } from '../account/authenticator.js';
import { SessionMonitor } from '../account/session-monitor.js';
import { SignInLimits } from '../account/sign-in-limits.js';
import { StreamTickets } from '../account/tickets.js';
import { Argon2Hasher } from '../adapters/argon2.js';
import { PostgresAccountStore } from '../adapters/postgres/account-store.js';
import { SecurityLog } from '../kernel/security-log.js';
import { throttledWarning } from '../kernel/throttled-warning.js';
import type { GatewayOptions } from './gateway-options.js';
import { tokens } from './sign-in.js';

/** Opens what a gateway knows of accounts: who signs in, who is speaking, and how often they may. */
export async function openAccounts({
  config,
  infrastructure,
  logger,
  telemetry: { metrics },
  lifecycle,
}: GatewayOptions) {
  const { database, notifier, clock, rateLimiters } = infrastructure;
  const accountStore = new PostgresAccountStore(database);
  const security = new SecurityLog(logger, metrics);
  const limits = new AccountLimits(rateLimiters, security, {
    registrations: config.rateLimitRegistrationsPerMinute,
    refreshes: config.rateLimitRefreshesPerMinute,
    tickets: config.rateLimitTicketsPerMinute,
    conversations: config.rateLimitConversationsPerMinute,
    uploads: config.rateLimitUploadsPerMinute,
  });
  const hasher = new Argon2Hasher();
  const signInLimits = new SignInLimits(rateLimiters, security);
  const { verifier, signIn } = await tokens(config, infrastructure, logger, {
    store: accountStore,
    hasher,
    signInLimits,
    limits,
    security,
  });
  const sessions = new SessionMonitor({
    store: accountStore,
    notifier,
    clock,
    notified: infrastructure.notified,
    onFailure: throttledWarning(logger, 'sessions not checked'),
  });
  await sessions.start();
  lifecycle.onStop(() => sessions.stop());
  const accounts = new Accounts(accountStore, notifier, sessions);
  const authenticator = new Authenticator({
    store: accountStore,
    verifier,
    autoProvision: config.jwtAutoProvision,
    newId: uuidv7,
  });
  const tickets = new StreamTickets(accountStore, limits);
  return {
    accountStore,
    accounts,
    authenticator,
    hasher,
    limits,
    security,
    sessions,
    signIn,
    signInLimits,
    tickets,
    verifier,
  };
}
