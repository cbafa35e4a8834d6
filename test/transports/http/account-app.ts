import { uuidv7 } from 'uuidv7';
import { AccountLimits } from '../../../src/account/account-limits.js';
import { Accounts } from '../../../src/account/accounts.js';
import { Authenticator } from '../../../src/account/authenticator.js';
import { Credentials } from '../../../src/account/credentials.js';
import { UserDeletion } from '../../../src/account/deletion.js';
import { UserExport } from '../../../src/account/export.js';
import type { TokenVerifier } from '../../../src/account/ports.js';
import { SessionMonitor } from '../../../src/account/session-monitor.js';
import { SignIn } from '../../../src/account/sign-in.js';
import { SignInLimits } from '../../../src/account/sign-in-limits.js';
import { StreamTickets } from '../../../src/account/tickets.js';
import { Argon2Hasher } from '../../../src/adapters/argon2.js';
import { Jwks } from '../../../src/adapters/jwks.js';
import {
  JwtIssuer,
  type JwtOptions,
  outsideTokenVerifier,
  ownTokenVerifier,
} from '../../../src/adapters/jwt.js';
import { MemoryGenerationLog } from '../../../src/adapters/memory/log.js';
import { PostgresAccountStore } from '../../../src/adapters/postgres/account-store.js';
import { connectDatabase } from '../../../src/adapters/postgres/database.js';
import { PostgresExportStore } from '../../../src/adapters/postgres/export-store.js';
import { PostgresUserDeletion } from '../../../src/adapters/postgres/user-deletion.js';
import { memoryRateLimiter } from '../../../src/adapters/rate-limiter/memory.js';
import type { Logger } from '../../../src/kernel/logger.js';
import { SecurityLog } from '../../../src/kernel/security-log.js';
import { clientAddress } from '../../../src/transports/client-address.js';
import { authRoutes } from '../../../src/transports/http/auth-routes.js';
import { httpApp } from '../../../src/transports/http/http-app.js';
import { meRoutes } from '../../../src/transports/http/me-routes.js';
import {
  authenticate,
  authenticateStream,
  principalOf,
} from '../../../src/transports/request/authenticate.js';
import { HASTY } from '../../doubles/hasty-clock.js';
import { listen } from '../../doubles/jwks-issuer.js';
import { LocalNotifier } from '../../doubles/local-notifier.js';
import { ROOMY_LIMITS } from '../../support/limits.js';
import { createDatabase } from '../../support/postgres.js';

export const SECRET = 'a secret of at least thirty-two bytes';

const quiet = () => {};
const SILENT: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

export interface AccountAppOptions {
  readonly jwt?: JwtOptions;
  /** Tokens from outside instead of our own. */
  readonly jwksUri?: string;
  readonly autoProvision?: boolean;
  readonly demo?: boolean;
  readonly registration?: boolean;
}

export type AccountApp = Awaited<ReturnType<typeof startAccountApp>>;

/** The account routes over a real server and a database of its own; and `/stream`, which a stream would be behind. */
export async function startAccountApp(options: AccountAppOptions = {}) {
  const database = await createDatabase();
  const db = connectDatabase(database.url, { poolMax: 10 });
  const store = new PostgresAccountStore(db);
  const notifier = new LocalNotifier();
  const security = new SecurityLog(SILENT);
  const limits = new AccountLimits(memoryRateLimiter, security, { ...ROOMY_LIMITS, registrations: 200 });
  const tickets = new StreamTickets(store, limits);
  const { jwt = {}, autoProvision = false, demo = false, registration = true } = options;
  const verifier: TokenVerifier = options.jwksUri
    ? outsideTokenVerifier(new Jwks(options.jwksUri, HASTY, () => {}), jwt)
    : ownTokenVerifier(SECRET, jwt);
  const authenticator = new Authenticator({ store, verifier, autoProvision, newId: uuidv7 });
  const hasher = new Argon2Hasher();
  const signInLimits = new SignInLimits(memoryRateLimiter, security);
  const signIn = new SignIn({
    store,
    hasher,
    issuer: new JwtIssuer(SECRET, 900, jwt),
    signInLimits,
    limits,
    security,
    notifier,
    newId: uuidv7,
    refreshKey: SECRET,
  });
  const sessions = new SessionMonitor({
    store,
    notifier,
    clock: HASTY,
    notified: () => true,
    onFailure: () => {},
  });
  const accounts = new Accounts(store, notifier, sessions);
  const ownAccount = meRoutes({
    accounts,
    credentials: new Credentials({ store, hasher, signInLimits, security, notifier }),
    deletion: new UserDeletion({
      store: new PostgresUserDeletion(db, 3600),
      log: new MemoryGenerationLog({ clock: HASTY, notifier, retentionSeconds: 3600 }),
      notifier,
      clock: HASTY,
    }),
    userExport: new UserExport(new PostgresExportStore(db, 'test-model'), {
      current: async ({ message }) => message,
    }),
    limits,
    slowMs: 60_000,
    authenticate: authenticate({ verifier, authenticator }),
    passwords: !options.jwksUri,
  });
  const routes = authRoutes({
    accounts,
    tickets,
    authenticate: authenticate({ verifier, authenticator }),
    demo,
    registration,
    ...(!options.jwksUri && { signIn }),
  });
  routes.get('/stream', authenticateStream({ verifier, authenticator, tickets }), (ctx) => {
    ctx.body = principalOf(ctx);
  });

  const addressOf = clientAddress(['loopback']);
  const app = httpApp({
    routers: [routes, ownAccount],
    corsOrigins: [],
    addressOf,
    logger: SILENT,
    clock: HASTY,
  });
  const handle = app.callback();
  const server = await listen((request, response) => void handle(request, response));
  return {
    server,
    db,
    notifier,
    async stop() {
      server.closeAllConnections();
      server.close();
      await db.destroy();
      await database.drop();
    },
  };
}
