import type { ErrorCode } from '../protocol/error-codes.js';
import type { Frame } from '../protocol/frames.js';
import type { Attachment, Message } from '../protocol/message.js';

/** In the order in which they are tried. `polling` is REST alone. */
export type TransportName = 'socketio' | 'websocket' | 'sse' | 'polling';

/**
 * Where a conversation's connection stands. Only `live` says that the view is up to date.
 * - `connecting`: nothing was heard of the server yet, or since the connection was lost
 * - `catching-up`: connected; what was missed is coming
 * - `live`: all that is stored is shown, and what follows comes as it is written
 * - `offline`: no transport got through; the next try is at `View.retryAt`
 * - `closed`: by `close()`, or since trying again cannot help (`View.error` says why)
 */
export type ConnectionState = 'connecting' | 'catching-up' | 'live' | 'offline' | 'closed';

export interface ClientOptions {
  /** Of the gateway, e.g. `https://chat.example.org`. */
  readonly url: string;
  /** An access token, for clients that need none anew. */
  readonly token?: string;
  /** Asked for a token before each connection. `refused` is the token that the server has just refused or let expire: give another. */
  readonly getToken?: (refused?: string) => Promise<string>;
  /** Which to use, in this order. All four when absent. */
  readonly transports?: readonly TransportName[];
  /** Where messages wait until the server has them. In memory when absent: they do not outlive a reload. */
  readonly outbox?: OutboxStore;
  /** What the platform offers; found by itself in browsers and Node. */
  readonly platform?: Partial<Platform>;
}

export interface Client {
  readonly conversations: ConversationList;
  /** The one live conversation of this id; the same object until it is closed. Connects when somebody subscribes or reads. */
  conversation(id: string): Conversation;
  /** Closes every conversation, and waits for no answer any more. */
  close(): void;
}

export interface ConversationSummary {
  readonly id: string;
  readonly title: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** All reject with a `ClientError`. */
export interface ConversationList {
  /** Newest first; `cursor` is the `nextCursor` of the page before. */
  list(page?: { readonly limit?: number; readonly cursor?: string }): Promise<{
    readonly items: readonly ConversationSummary[];
    readonly nextCursor: string | null;
  }>;
  create(title?: string): Promise<ConversationSummary>;
  get(id: string): Promise<ConversationSummary>;
  rename(id: string, title: string | null): Promise<ConversationSummary>;
  remove(id: string): Promise<void>;
}

export interface Conversation {
  readonly id: string;
  /** As it stands now. The same object until something changes; never half of a change. */
  readonly view: View;
  /** Calls `listener` after each change of `view`. Returns the way out; the connection is kept until `close()`. */
  subscribe(listener: () => void): () => void;
  /** Every frame that moved the view, in order and once, on whatever transport it came. Returns the way out. */
  onFrame(listener: (frame: Frame) => void): () => void;
  /**
   * Calls `listener` when the connection or a send fails or is refused, for now (`error.retryAt` says when the library tries
   * again by itself) or for good. The view shows the same in `error` and `sendError`. Returns the way out.
   */
  onError(listener: ErrorListener): () => void;
  /** The same as an iterable, from now until `close()` or the signal. */
  frames(signal?: AbortSignal): AsyncIterable<Frame>;
  /**
   * Shown at once as `sending`, and sent until the server has it, under one `client_message_id`.
   * Resolves when the server has it; rejects with a `ClientError` when it refused it for good.
   */
  send(message: NewMessage): Promise<Sent>;
  /** Sends again what was refused, or what is waiting, at once. */
  retry(clientMessageId: string): Promise<Sent>;
  /** Takes back what the server has not got yet. */
  discard(clientMessageId: string): void;
  /** Of the running answer when no id is given. Resolves when the server was asked; it may still end `complete`. */
  stop(messageId?: string): Promise<void>;
  /** A new answer to the same user message. */
  regenerate(messageId: string): Promise<Sent>;
  /** Loads the page of messages before the first one shown; `view.hasEarlier` says whether there is one. */
  loadEarlier(): Promise<void>;
  /** Uses this transport alone, from where the conversation stands; `auto` chooses by itself again. */
  use(transport: TransportName | 'auto'): void;
  /** Breaks the connection off as a network would, to see it taken up again. */
  cut(): void;
  /** Tries to connect at once instead of at `view.retryAt`. */
  wake(): void;
  close(): void;
}

export type ErrorListener = (error: ClientProblem, from: 'connection' | 'send') => void;

export interface NewMessage {
  readonly text: string;
  readonly attachments?: readonly string[];
  readonly whenBusy?: 'queue' | 'reject' | 'interrupt';
  /** Made when absent. */
  readonly clientMessageId?: string;
}

export interface Sent {
  readonly userMessage: Message;
  /** Of the answer. */
  readonly messageId: string;
  readonly duplicate: boolean;
}

/** A conversation as it is to be shown. */
export interface View {
  readonly state: ConnectionState;
  /** The transport in use, or being tried. */
  readonly transport: TransportName | null;
  /** When the next try begins, in ms since 1970, while `offline`. */
  readonly retryAt: number | null;
  /** The position up to which everything is shown; `null` before the first answer of the server. */
  readonly cursor: string | null;
  /** Oldest first. What is not sent yet stands at the end. */
  readonly messages: readonly ViewMessage[];
  readonly hasEarlier: boolean;
  /** Why the connection closed, or what went wrong with it last; null once it is live. */
  readonly error: ClientProblem | null;
  /** What holds up the message that is being sent, `rate_limited` for instance; `retryAt` in it says until when. */
  readonly sendError: ClientProblem | null;
}

/** A message of the server, or one that it has not got yet. */
export type ViewMessage = StoredMessage | UnsentMessage;

export interface StoredMessage extends Message {
  /** A stop of this answer was asked for, and it has not ended yet. */
  readonly stopping: boolean;
  /** What is known of an answer that has no text yet. Absent when the server has said nothing, and from its first text on. */
  readonly progress?: AnswerProgress;
}

/** `waiting`: `ahead` answers run or wait before this one. `thinking`: the model is at work. */
export type AnswerProgress =
  | { readonly kind: 'waiting'; readonly ahead: number }
  | { readonly kind: 'thinking' };

export interface UnsentMessage {
  readonly id: string;
  readonly conversationId: string;
  readonly role: 'user';
  readonly content: string;
  /** `sending`: until the server has it; `error` is why the last try failed. `refused`: for good, by `error`. */
  readonly status: 'sending' | 'refused';
  readonly client_message_id: string;
  readonly attachments: readonly Attachment[];
  readonly error?: ClientProblem;
  readonly createdAt: string;
  readonly stopping: false;
}

/** `code` is one of the contract's, or `network` when no server answered. */
export interface ClientProblem {
  readonly code: ErrorCode | 'network';
  readonly message: string;
  readonly retryable: boolean;
  /** When the library tries again by itself, in ms since 1970. Absent when it does not. */
  readonly retryAt?: number;
}

/** What waits to be sent, kept by conversation. May be shared by tabs: sending twice makes nothing twice. */
export interface OutboxStore {
  load(conversationId: string): Promise<readonly OutboxEntry[]>;
  put(entry: OutboxEntry): Promise<void>;
  remove(conversationId: string, clientMessageId: string): Promise<void>;
}

export interface OutboxEntry {
  readonly conversationId: string;
  readonly clientMessageId: string;
  readonly text: string;
  readonly attachments: readonly string[];
  readonly whenBusy: 'queue' | 'reject' | 'interrupt';
  /** ISO 8601 UTC. */
  readonly createdAt: string;
}

/** What a client needs of where it runs. */
export interface Platform {
  readonly fetch: typeof fetch;
  /** The browsers' constructor; `ws` in a Node that has none. */
  readonly webSocket: () => Promise<WebSocketConstructor>;
  /** Calls `wake` when the network came back or the page was looked at again. Returns the way out. */
  readonly onWake: (wake: () => void) => () => void;
  /** ms since 1970. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** A new UUID. */
  readonly newId: () => string;
  /** Calls `fire` once after `ms`. Returns the way out. */
  readonly setTimer: (ms: number, fire: () => void) => () => void;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

/** The part of a WebSocket that is used here, so that the library needs no types of browsers. */
export interface WebSocketLike {
  readonly readyState: number;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

/** Signing in with the gateway's own accounts, for whoever has no tokens from elsewhere. */
export interface SessionOptions {
  readonly url: string;
  /** Where the session is kept. In memory when absent. */
  readonly store?: SessionStore;
  readonly platform?: Partial<Platform>;
}

export interface SessionStore {
  load(): Promise<StoredSession | null>;
  save(session: StoredSession | null): Promise<void>;
  /** Runs one at a time over all tabs or processes that share the store: a refresh token works once. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

export interface StoredSession {
  readonly user: SessionUser;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** ms since 1970, by this machine's clock. */
  readonly expiresAt: number;
}

export interface SessionUser {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly createdAt: string;
}

/** All that ask the server reject with a `ClientError`. */
export interface Session {
  /** The user who is signed in, here or in another tab. */
  user(): Promise<SessionUser | null>;
  register(who: {
    readonly email: string;
    readonly password: string;
    readonly name?: string;
  }): Promise<SessionUser>;
  signIn(who: { readonly email: string; readonly password: string }): Promise<SessionUser>;
  demo(): Promise<SessionUser>;
  signOut(): Promise<void>;
  /** For `ClientOptions.getToken`: refreshed before it expires, or when it was refused. */
  getToken(refused?: string): Promise<string>;
  /** Calls `listener` when the session began or ended. Returns the way out. */
  subscribe(listener: () => void): () => void;
}
