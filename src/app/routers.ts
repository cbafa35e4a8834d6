import type { Router } from '@koa/router';
import { Credentials } from '../account/credentials.js';
import { UserDeletion } from '../account/deletion.js';
import { UserExport } from '../account/export.js';
import { PostgresExportStore } from '../adapters/postgres/export-store.js';
import { PostgresFeedbackStore } from '../adapters/postgres/feedback-store.js';
import { PostgresSearchStore } from '../adapters/postgres/search-store.js';
import { PostgresUserDeletion } from '../adapters/postgres/user-deletion.js';
import { capabilities } from '../conversation/capabilities.js';
import { Dictation } from '../conversation/dictation.js';
import { AnswerFeedback } from '../conversation/feedback.js';
import { Search } from '../conversation/search.js';
import { attachmentRoutes } from '../transports/http/attachment-routes.js';
import { authRoutes } from '../transports/http/auth-routes.js';
import { capabilitiesRoutes } from '../transports/http/capabilities-routes.js';
import { conversationRoutes } from '../transports/http/conversation-routes.js';
import { docsRoutes } from '../transports/http/docs-routes.js';
import { feedbackRoutes } from '../transports/http/feedback-routes.js';
import { healthRoutes } from '../transports/http/health-routes.js';
import { meRoutes } from '../transports/http/me-routes.js';
import { messageRoutes } from '../transports/http/message-routes.js';
import { searchRoutes } from '../transports/http/search-routes.js';
import { transcriptionRoutes } from '../transports/http/transcription-routes.js';
import { authenticate, authenticateOnly, authenticateStream } from '../transports/request/authenticate.js';
import { SLOW_MS } from '../transports/slow-reader.js';
import { streamRoutes } from '../transports/sse/stream-routes.js';
import { userStreamRoutes } from '../transports/sse/user-stream-routes.js';
import { auditedStream } from './audit.js';
import { dependenciesOf } from './dependencies.js';
import type { GatewayOptions } from './gateway-options.js';
import { logSeconds } from './infrastructure.js';
import { page } from './page.js';
import type { Services } from './services.js';
import { offersDemo, signInOffer } from './sign-in.js';

/** The routes of the REST API, of event streams, of the page and of the probes. */
export async function apiRouters(
  { config, infrastructure, provider, disclaimers }: GatewayOptions,
  services: Services,
): Promise<Router[]> {
  const { database, log, notifier, clock, encryption, folder } = infrastructure;
  const { cipher } = encryption;
  const {
    accounts,
    accountStore,
    attachments,
    audit,
    authenticator,
    commands,
    conversations,
    hasher,
    history,
    limits,
    messages,
    respondWithStream,
    security,
    signIn,
    signInLimits,
    start,
    streams,
    tickets,
    transcriber,
    userStreams,
    verifier,
    words,
  } = services;
  const whoSpeaks = authenticate({ verifier, authenticator });
  const identify = authenticateOnly({ verifier, authenticator });
  const whoseStream = authenticateStream({ verifier, authenticator, tickets });
  return [
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
      userExport: new UserExport(new PostgresExportStore(database, provider.model, cipher, folder), history),
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
    attachmentRoutes({ attachments, limits, authenticate: identify }),
    transcriptionRoutes({
      dictation: transcriber && new Dictation({ attachments, transcriber }),
      limits,
      authenticate: identify,
    }),
    streamRoutes({
      start,
      streams,
      respond: respondWithStream,
      authenticateStream: whoseStream,
    }),
    userStreamRoutes({
      ports: (address) => ({
        ...userStreams,
        commands: audit ? auditedStream(audit, messages, address) : commands,
      }),
      streams,
      slowMs: SLOW_MS,
      authenticateStream: whoseStream,
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
  ];
}
