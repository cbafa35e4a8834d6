import { uuidv7 } from 'uuidv7';
import { AccountLimits } from '../account/account-limits.js';
import { Accounts } from '../account/accounts.js';
import { Authenticator } from '../account/authenticator.js';
import { SessionMonitor } from '../account/session-monitor.js';
import { SignInLimits } from '../account/sign-in-limits.js';
import { StreamTickets } from '../account/tickets.js';
import { Argon2Hasher } from '../adapters/argon2.js';
import { LibraryFileCleaner } from '../adapters/attachments/file-cleaner.js';
import { TemporaryFileSpool } from '../adapters/attachments/upload-spool.js';
import { PostgresAccountStore } from '../adapters/postgres/account-store.js';
import { PostgresAttachmentStore } from '../adapters/postgres/attachment-store.js';
import { PostgresConversationStore } from '../adapters/postgres/conversation-store.js';
import { dailyTokens } from '../adapters/postgres/daily-tokens.js';
import { PostgresGenerationReader } from '../adapters/postgres/generation-reader.js';
import { poolWait } from '../adapters/postgres/pool-wait.js';
import { PostgresWordSearch } from '../adapters/postgres/word-search.js';
import type { Config } from '../config.js';
import { answerable } from '../conversation/answerable.js';
import { Attachments } from '../conversation/attachments.js';
import { Conversations } from '../conversation/conversations.js';
import { MessageHistory } from '../conversation/history.js';
import { MessageService, type OnAlert } from '../conversation/message-service.js';
import { Commands } from '../gateway/commands.js';
import { OpenStreams } from '../gateway/open-streams.js';
import { Overload } from '../gateway/overload.js';
import { Subscriptions } from '../gateway/subscription.js';
import type { Disclaimers } from '../generation/disclaimer.js';
import type { GenerationRef } from '../generation/generation-log.js';
import { messageLimit } from '../generation/message-limit.js';
import type { Provider } from '../generation/provider.js';
import type { Audit } from '../kernel/audit.js';
import type { Logger } from '../kernel/logger.js';
import type { Metrics } from '../kernel/metrics.js';
import type { OpenRateLimiter, RateLimiter } from '../kernel/rate-limiter.js';
import { SecurityLog } from '../kernel/security-log.js';
import { throttledWarning } from '../kernel/throttled-warning.js';
import type { Lifecycle } from '../lifecycle.js';
import { clientAddress } from '../transports/client-address.js';
import { SLOW_MS } from '../transports/slow-reader.js';
import { SocketIdentity } from '../transports/socket-identity.js';
import { streamResponse } from '../transports/sse/stream-response.js';
import { auditedSockets, openAudit } from './audit.js';
import { openDangerRules } from './danger-rules.js';
import { type Infrastructure, logSeconds } from './infrastructure.js';
import { imageBytes, systemPrompt } from './runner.js';
import { tokens } from './sign-in.js';
import type { Telemetry } from './telemetry.js';
import { transcriberOf } from './transcriber.js';

export interface GatewayOptions {
  readonly config: Config;
  readonly infrastructure: Infrastructure;
  readonly provider: Provider;
  readonly endStopped: EndStopped;
  readonly disclaimers: Disclaimers;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
}

/** What of a worker a gateway needs: to end what is to be stopped and nobody runs. */
export type EndStopped = (ref: GenerationRef) => Promise<void>;

/** What the transports of a gateway share. */
export type Services = Awaited<ReturnType<typeof openServices>>;

/** Opens the core of a gateway over the adapters. */
export async function openServices({
  config,
  infrastructure,
  provider,
  endStopped,
  logger,
  telemetry: { metrics, tracer },
  lifecycle,
}: GatewayOptions) {
  const { database, log, notifier, clock, jobs, rateLimiters, encryption, folder } = infrastructure;
  const { cipher } = encryption;
  const accountStore = new PostgresAccountStore(database);
  const store = new PostgresConversationStore(database, uuidv7, logSeconds(config), provider.model, cipher);
  const reader = new PostgresGenerationReader(database, provider.model, cipher);
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
  const streams = new OpenStreams(
    sessions,
    clock,
    { perUser: config.maxStreamsPerUser, perAddress: config.maxStreamsPerAddress },
    metrics,
  );

  const accounts = new Accounts(accountStore, notifier, sessions);
  const authenticator = new Authenticator({
    store: accountStore,
    verifier,
    autoProvision: config.jwtAutoProvision,
    newId: uuidv7,
  });
  const tickets = new StreamTickets(accountStore, limits);
  const addressOf = clientAddress(config.trustProxy);
  const history = new MessageHistory({ store, log });
  const start = { store, log };
  const subscriptions = new Subscriptions({
    log,
    reader,
    notifier,
    clock,
    metrics,
    knowledge: config.embedModel !== undefined,
    onRetry: throttledWarning(logger, 'stream interrupted'),
    onFailure: (error) => logger.error('stream failed', { error }),
  });
  const words = new PostgresWordSearch(database);
  const respondWithStream = streamResponse(subscriptions, SLOW_MS);
  const attachmentStore = new PostgresAttachmentStore(database, uuidv7, cipher, {
    folder,
    maxBytesPerUser: config.maxStoredBytesPerUser || undefined,
  });
  const system = await systemPrompt();
  const audit = await openAudit(
    config,
    infrastructure,
    throttledWarning(logger, 'audit events not written'),
    lifecycle,
  );
  const overload = new Overload(logger, poolWait(database));
  overload.start();
  lifecycle.onStop(() => overload.stop());
  const messages = new MessageService({
    store,
    reader,
    log,
    notifier,
    clock,
    metrics,
    tracer,
    endStopped,
    queue: jobs.queue,
    rate: messageRate(config, rateLimiters),
    ...(config.maxTokensPerUserPerDay > 0 && {
      dailyTokens: dailyTokens(database, config.maxTokensPerUserPerDay),
    }),
    newId: uuidv7,
    admit: () => overload.admitNewWork(),
    findDanger: await openDangerRules(config.dangerRulesDir),
    onAlert: alertsRecorded(audit, metrics),
    answerable: answerable({
      provider,
      attachments: attachmentStore,
      messageLimit: (model) => messageLimit(model, system),
      transcription: config.transcribeUrl !== undefined,
      imageBytes: imageBytes(config),
    }),
  });

  const commands = new Commands(messages);
  const ofSockets = audit
    ? auditedSockets(audit, messages, authenticator, tickets, addressOf)
    : { commands, identity: new SocketIdentity(authenticator, tickets, addressOf) };
  const userStreams = {
    commands: ofSockets.commands,
    start,
    subscriptions,
    notifier,
    clock,
    onFailure: throttledWarning(logger, 'conversations of a stream not followed'),
  };
  const transcriber = transcriberOf(config);
  const attachments = new Attachments({
    store: attachmentStore,
    cleaner: new LibraryFileCleaner(),
    spool: new TemporaryFileSpool(),
    maxBytes: config.maxAttachmentBytes,
    onFull: () => security.note('limit reached', { limit: 'storedBytes' }),
  });
  const conversations = new Conversations({ store, log, notifier, clock });

  return {
    accountStore,
    hasher,
    limits,
    signInLimits,
    security,
    verifier,
    signIn,
    streams,
    accounts,
    authenticator,
    tickets,
    addressOf,
    history,
    start,
    subscriptions,
    words,
    respondWithStream,
    attachments,
    audit,
    overload,
    messages,
    commands,
    conversations,
    transcriber,
    ofSockets,
    userStreams,
  };
}

/** Counts alerts, and has the audit trail name the rule. Neither has any text. */
function alertsRecorded(audit: Audit | undefined, metrics: Metrics | undefined): OnAlert {
  return (userId, { conversationId, messageId }, { rule }) => {
    metrics?.countBy('veda_alerts_total', { rule });
    const event = { operation: 'dangerAlert', kind: 'execute', outcome: 'success', code: rule } as const;
    audit?.record({ ...event, userId, conversationId, messageId });
  };
}

/** Messages by user. Undefined: no limit. */
function messageRate(config: Config, open: OpenRateLimiter): RateLimiter | undefined {
  const points = config.rateLimitMessagesPerMinute;
  return points === 0 ? undefined : open({ name: 'messages', points, seconds: 60 });
}
