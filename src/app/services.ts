import { uuidv7 } from 'uuidv7';
import { LibraryFileCleaner } from '../adapters/attachments/file-cleaner.js';
import { TemporaryFileSpool } from '../adapters/attachments/upload-spool.js';
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
import { messageLimit } from '../generation/message-limit.js';
import type { Audit } from '../kernel/audit.js';
import type { Metrics } from '../kernel/metrics.js';
import type { OpenRateLimiter, RateLimiter } from '../kernel/rate-limiter.js';
import { throttledWarning } from '../kernel/throttled-warning.js';
import { clientAddress } from '../transports/client-address.js';
import { SLOW_MS } from '../transports/slow-reader.js';
import { SocketIdentity } from '../transports/socket-identity.js';
import { streamResponse } from '../transports/sse/stream-response.js';
import { openAccounts } from './accounts.js';
import { auditedSockets, openAudit } from './audit.js';
import { openDangerRules } from './danger-rules.js';
import type { GatewayOptions } from './gateway-options.js';
import { logSeconds } from './infrastructure.js';
import { imageBytes, systemPrompt } from './runner.js';
import { transcriberOf } from './transcriber.js';

/** What the transports of a gateway share. */
export type Services = Awaited<ReturnType<typeof openServices>>;

/** Opens the core of a gateway over the adapters. */
export async function openServices(options: GatewayOptions) {
  const { config, infrastructure, provider, endStopped, logger, telemetry, lifecycle } = options;
  const { metrics, tracer } = telemetry;
  const { database, log, notifier, clock, jobs, rateLimiters, encryption, folder } = infrastructure;
  const { cipher } = encryption;
  const account = await openAccounts(options);
  const { authenticator, security, sessions, tickets } = account;
  const store = new PostgresConversationStore(database, uuidv7, logSeconds(config), provider.model, cipher);
  const reader = new PostgresGenerationReader(database, provider.model, cipher);
  const streams = new OpenStreams(
    sessions,
    clock,
    { perUser: config.maxStreamsPerUser, perAddress: config.maxStreamsPerAddress },
    metrics,
  );

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
    ...account,
    streams,
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
