import type {
  Account,
  Client,
  ClientOptions,
  ConversationList,
  ConversationSummary,
  TransportName,
} from './api.js';
import { networkError } from './client-error.js';
import { LiveConversation } from './conversation.js';
import type { Files } from './files.js';
import { memoryOutbox } from './memory-stores.js';
import { platformOf } from './platform.js';
import { Rest } from './rest.js';
import { Tokens } from './tokens.js';
import { TransportSelector } from './transport-selector.js';
import { lazy } from './transports/lazy.js';
import { polling } from './transports/polling.js';
import { socketIo } from './transports/socketio.js';
import type { Transport, TransportPorts } from './transports/transport.js';

function transportsOf(ports: TransportPorts): Readonly<Record<TransportName, Transport>> {
  // Once for all conversations: they share what it opens.
  let events: Transport | undefined;
  return {
    socketio: socketIo(ports),
    websocket: lazy(async () => (await import('./transports/websocket.js')).webSocket(ports)),
    sse: lazy(async () => {
      const { sse } = await import('./transports/sse.js');
      events ??= sse(ports);
      return events;
    }),
    polling: polling(ports),
  };
}

const ALL: readonly TransportName[] = ['socketio', 'websocket', 'sse', 'polling'];

/** A client of one gateway, for one user. It asks the server for nothing by itself. */
export function createClient(options: ClientOptions): Client {
  const url = options.url.replace(/\/+$/, '');
  const platform = platformOf(options.platform);
  const tokens = new Tokens(options);
  const rest = new Rest({ url, tokens, platform });
  const ports = { url, rest, tokens, platform };
  let loaded: Promise<Files> | undefined;
  // Of no use to a page that has no attachments: it does not load this code.
  const files = (): Promise<Files> => {
    loaded ??= import('./files.js').then((module) => new module.Files(rest, platform));
    return loaded;
  };
  const shared = {
    ...ports,
    files,
    outbox: options.outbox ?? memoryOutbox(),
    selector: new TransportSelector(options.transports ?? ALL, platform.now),
    transports: transportsOf(ports),
  };
  const open = new Map<string, LiveConversation>();

  return {
    conversations: conversationList(rest),
    account: accountOf(rest),
    conversation(id) {
      const known = open.get(id);
      if (known) return known;
      const made = new LiveConversation(id, { ...shared, onClose: () => open.delete(id) });
      open.set(id, made);
      return made;
    },
    upload: async (file, options) => (await files()).upload(file, options),
    download: async (id, options) => (await files()).download(id, options),
    removeAttachment: (id) => rest.call('DELETE', `/api/attachments/${id}`),
    transcribe: async (recording, options) => (await files()).transcribe(recording, options),
    search: (q, { signal, ...page } = {}) => rest.call('POST', '/api/search', { q, ...page }, signal),
    async rate({ conversationId, id }, feedback) {
      const path = `/api/conversations/${conversationId}/messages/${id}/feedback`;
      await (feedback ? rest.call('PUT', path, feedback) : rest.call('DELETE', path));
    },
    capabilities: () => rest.call('GET', '/api/capabilities'),
    close() {
      for (const conversation of open.values()) conversation.close();
      rest.abort();
      void loaded?.then((ended) => ended.close());
    },
  };
}

function accountOf(rest: Rest): Account {
  const path = '/api/me';
  return {
    sessions: (page) => rest.call('GET', `${path}/sessions${queryOf(page)}`),
    endSession: (id) => rest.call('DELETE', `${path}/sessions/${id}`),
    async export(options) {
      const { response } = await rest.open('GET', `${path}/export`, options);
      return response.blob().catch((cause: unknown) => {
        throw networkError('the response could not be read', { status: response.status, cause });
      });
    },
    remove: (password) => rest.call('DELETE', path, password === undefined ? {} : { password }),
  };
}

function queryOf(page: object = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(page)) if (value !== undefined) query.set(name, String(value));
  return `?${query.toString()}`;
}

function conversationList(rest: Rest): ConversationList {
  const path = '/api/conversations';
  return {
    list: (page) => rest.call('GET', path + queryOf(page)),
    create: (title) => rest.call<ConversationSummary>('POST', path, title === undefined ? {} : { title }),
    get: (id) => rest.call<ConversationSummary>('GET', `${path}/${id}`),
    rename: (id, title) => rest.call<ConversationSummary>('PATCH', `${path}/${id}`, { title }),
    pin: (id, pinned = true) => rest.call<ConversationSummary>('PATCH', `${path}/${id}`, { pinned }),
    archive: (id, archived = true) => rest.call<ConversationSummary>('PATCH', `${path}/${id}`, { archived }),
    remove: (id) => rest.call('DELETE', `${path}/${id}`),
  };
}
