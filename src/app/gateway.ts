import { uuidv7 } from 'uuidv7';
import { AccountLimits } from '../account/account-limits.js';
import { Accounts } from '../account/accounts.js';
import { Authenticator } from '../account/authenticator.js';
import { Credentials } from '../account/credentials.js';
import { UserDeletion } from '../account/deletion.js';
import { UserExport } from '../account/export.js';
import { SessionMonitor } from '../account/session-monitor.js';
import type { SignIn } from '../account/sign-in.js';
import { SignInLimits } from '../account/sign-in-limits.js';
import { StreamTickets } from '../account/tickets.js';
import { Argon2Hasher } from '../adapters/argon2.js';
import { LibraryFileCleaner } from '../adapters/attachments/file-cleaner.js';
import { TemporaryFileSpool } from '../adapters/attachments/upload-spool.js';
import { PostgresAccountStore } from '../adapters/postgres/account-store.js';
import { PostgresAttachmentStore } from '../adapters/postgres/attachment-store.js';
import { PostgresConversationStore } from '../adapters/postgres/conversation-store.js';
import { dailyTokens } from '../adapters/postgres/daily-tokens.js';
import { PostgresExportStore } from '../adapters/postgres/export-store.js';
import { PostgresFeedbackStore } from '../adapters/postgres/feedback-store.js';
import { PostgresGenerationReader } from '../adapters/postgres/generation-reader.js';
import { poolWait } from '../adapters/postgres/pool-wait.js';
import { PostgresSearchStore } from '../adapters/postgres/search-store.js';
import { PostgresUserDeletion } from '../adapters/postgres/user-deletion.js';
import { PostgresWordSearch } from '../adapters/postgres/word-search.js';
import type { Config } from '../config.js';
import { answerable } from '../conversation/answerable.js';
import { Attachments } from '../conversation/attachments.js';
import { capabilities } from '../conversation/capabilities.js';
import { Conversations } from '../conversation/conversations.js';
import { Dictation } from '../conversation/dictation.js';
import { AnswerFeedback } from '../conversation/feedback.js';
import { MessageHistory } from '../conversation/history.js';
import { MessageService, type OnAlert } from '../conversation/message-service.js';
import { Search } from '../conversation/search.js';
import { Commands } from '../gateway/commands.js';
import { OpenStreams } from '../gateway/open-streams.js';
import { Subscriptions } from '../gateway/subscription.js';
import type { Disclaimers } from '../generation/disclaimer.js';
import type { GenerationRef } from '../generation/generation-log.js';
import { messageLimit } from '../generation/message-limit.js';
import { modelsOf } from '../generation/models.js';
import type { Provider } from '../generation/provider.js';
import type { Audit } from '../kernel/audit.js';
import type { Logger } from '../kernel/logger.js';
import type { Metrics } from '../kernel/metrics.js';
import type { OpenRateLimiter, RateLimiter } from '../kernel/rate-limiter.js';
import { SecurityLog } from '../kernel/security-log.js';
import { throttledWarning } from '../kernel/throttled-warning.js';
import type { Lifecycle } from '../lifecycle.js';
import { clientAddress } from '../transports/client-address.js';
import { attachmentRoutes } from '../transports/http/attachment-routes.js';
import { authRoutes } from '../transports/http/auth-routes.js';
import { capabilitiesRoutes } from '../transports/http/capabilities-routes.js';
import { conversationRoutes } from '../transports/http/conversation-routes.js';
import { docsRoutes } from '../transports/http/docs-routes.js';
import { feedbackRoutes } from '../transports/http/feedback-routes.js';
import { healthRoutes } from '../transports/http/health-routes.js';
import { httpApp } from '../transports/http/http-app.js';
import { meRoutes } from '../transports/http/me-routes.js';
import { messageRoutes } from '../transports/http/message-routes.js';
import { Overload } from '../transports/http/overload.js';
import { searchRoutes } from '../transports/http/search-routes.js';
import { transcriptionRoutes } from '../transports/http/transcription-routes.js';
import { authenticate, authenticateOnly, authenticateStream } from '../transports/request/authenticate.js';
import { SLOW_MS } from '../transports/slow-reader.js';
import { SocketIdentity } from '../transports/socket-identity.js';
import { serveSocketIo } from '../transports/socketio/serve-socketio.js';
import { streamResponse } from '../transports/sse/stream-response.js';
import { streamRoutes } from '../transports/sse/stream-routes.js';
import { userStreamRoutes } from '../transports/sse/user-stream-routes.js';
import { serveWebSockets } from '../transports/websocket/serve-websockets.js';
import { auditedSockets, auditedStream, openAudit } from './audit.js';
import { openDangerRules } from './danger-rules.js';
import { dependenciesOf } from './dependencies.js';
import { dialects } from './dialects.js';
import { type Infrastructure, logSeconds } from './infrastructure.js';
import { close, createListener, listen } from './listener.js';
import { page } from './page.js';
import { imageBytes, systemPrompt } from './runner.js';
import { offersDemo, signInOffer, tokens } from './sign-in.js';
import type { Telemetry } from './telemetry.js';
import { transcriberOf } from './transcriber.js';

export interface Gateway {
  readonly port: number;
  /** Absent where tokens come from elsewhere. */
  readonly signIn?: SignIn;
}

const SOCKET_IO_PATH = '/socket.io/';

/** What of a worker a gateway needs: to end what is to be stopped and nobody runs. */
export type EndStopped = (ref: GenerationRef) => Promise<void>;

/** Serves clients: REST, SSE, WebSockets and Socket.IO. */
export async function startGateway(
  config: Config,
  infrastructure: Infrastructure,
  provider: Provider,
  endStopped: EndStopped,
  disclaimers: Disclaimers,
  logger: Logger,
  { metrics, tracer }: Telemetry,
  lifecycle: Lifecycle,
): Promise<Gateway> {
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
  const whoSpeaks = authenticate({ verifier, authenticator });
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

  const otherProtocols = dialects(infrastructure, {
    commands,
    messages,
    history,
    conversations,
    start,
    streams,
    subscriptions,
    logger,
    models: { names: modelsOf(provider) },
    model: provider.model,
    attachments,
    limits,
    identify: authenticateOnly({ verifier, authenticator }),
    admit: overload.admit,
    socketCommands: ofSockets.commands,
  });

  const app = httpApp({
    corsOrigins: config.corsOrigins,
    admit: overload.refuseNewWork,
    addressOf,
    https: config.publicUrl?.startsWith('https:') ?? false,
    logger,
    clock,
    metrics,
    tracer,
    audit,
    routers: [
      healthRoutes({
        dependencies: dependenciesOf(infrastructure, provider),
        draining: () => streams.draining,
      }),
      docsRoutes(),
      await page({ signIn: signInOffer(config), humanContact: config.humanContact, disclaimers }),
      authRoutes({
        accounts,
        tickets,
        authenticate: whoSpeaks,
        registration: config.allowRegistration,
        demo: offersDemo(config),
        ...(signIn && { signIn }),
      }),
      meRoutes({
        accounts,
        credentials: new Credentials({ store: accountStore, hasher, signInLimits, security, notifier }),
        deletion: new UserDeletion({
          store: new PostgresUserDeletion(database, logSeconds(config), encryption.forgetKeys),
          log,
          notifier,
          clock,
        }),
        userExport: new UserExport(
          new PostgresExportStore(database, provider.model, cipher, folder),
          history,
        ),
        limits,
        slowMs: SLOW_MS,
        authenticate: whoSpeaks,
        passwords: signIn !== undefined,
      }),
      conversationRoutes({
        conversations,
        limits,
        authenticate: whoSpeaks,
      }),
      feedbackRoutes({
        feedback: new AnswerFeedback(new PostgresFeedbackStore(database, cipher)),
        authenticate: whoSpeaks,
      }),
      searchRoutes({
        search: new Search(new PostgresSearchStore(database, cipher), disclaimers.known),
        limits,
        authenticate: whoSpeaks,
      }),
      capabilitiesRoutes({
        capabilities: () =>
          capabilities({
            provider,
            transcription: config.transcribeUrl !== undefined,
            maxBytes: config.maxAttachmentBytes,
            knowledge: config.embedModel === undefined ? undefined : () => words.any(),
          }),
        authenticate: whoSpeaks,
      }),
      attachmentRoutes({ attachments, limits, authenticate: authenticateOnly({ verifier, authenticator }) }),
      transcriptionRoutes({
        dictation: transcriber && new Dictation({ attachments, transcriber }),
        limits,
        authenticate: authenticateOnly({ verifier, authenticator }),
      }),
      streamRoutes({
        start,
        streams,
        respond: respondWithStream,
        authenticateStream: authenticateStream({ verifier, authenticator, tickets }),
      }),
      userStreamRoutes({
        ports: (address) => ({
          ...userStreams,
          commands: audit ? auditedStream(audit, messages, address) : commands,
        }),
        streams,
        slowMs: SLOW_MS,
        authenticateStream: authenticateStream({ verifier, authenticator, tickets }),
      }),
      messageRoutes({
        commands,
        messages,
        history,
        streams,
        respondWithStream,
        authenticate: whoSpeaks,
        chatWaitSeconds: config.chatWaitSeconds,
      }),
      ...otherProtocols.routers,
    ],
  });
  const answer = app.callback();
  // Koa renders what fails in a handler itself: this promise does not reject.
  const server = createListener((request, response) => void answer(request, response));
  // Behind a proxy that sets another `Host`, this is how the page's own origin is known.
  const ownOrigin = config.publicUrl === undefined ? [] : [new URL(config.publicUrl).origin];
  const corsOrigins = [...config.corsOrigins, ...ownOrigin];
  const sockets = {
    ...ofSockets,
    userStreams,
    subscriptions,
    start,
    streams,
    corsOrigins,
    security,
    clock,
    logger,
  };
  const webSockets = serveWebSockets(server, {
    ...sockets,
    dialects: otherProtocols.sockets,
    leave: SOCKET_IO_PATH,
  });
  const socketIo = serveSocketIo(server, sockets);
  const port = await listen(server, config, logger);
  lifecycle.onStop(async () => {
    // Still listening, so that health can say why no stream begins.
    await streams.endAll((config.drainSeconds * 1000) / 2);
    await Promise.all([close(server), webSockets.stop(), socketIo.stop()]);
  });
  return { port, ...(signIn && { signIn }) };
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
