import type { Attachment } from '../protocol/attachment.js';
import type { Capabilities } from '../protocol/capabilities.js';
import type { ErrorCode } from '../protocol/error-codes.js';
import type { Feedback } from '../protocol/feedback.js';
import type { Frame } from '../protocol/frames.js';
import type { Message } from '../protocol/message.js';
import type { SearchPage } from '../protocol/search.js';

/** In the order in which they are tried. `polling` is REST alone. */
export type TransportName = 'socketio' | 'websocket' | 'sse' | 'polling';

/**
 * How a conversation is connected. Only `live` says that the view is up to date.
 * - `connecting`: a connection is being opened, the first one or another after a loss
 * - `catching-up`: connected; the frames that were missed are coming
 * - `live`: the view shows everything that is stored, and new text as it is written
 * - `paused`: the page is hidden and its stream is closed, since tabs cannot share one here and browsers open few. It goes on
 *   when the page is visible again; messages are sent all the same
 * - `offline`: no transport works; the next try is at `View.retryAt`
 * - `closed`: by `close()`, or because trying again cannot help (`View.error` says why)
 */
export type ConnectionState = 'connecting' | 'catching-up' | 'live' | 'paused' | 'offline' | 'closed';

export interface ClientOptions {
  /** Of the gateway, e.g. `https://chat.example.org`. */
  readonly url: string;
  /** An access token, for clients that never need another one. */
  readonly token?: string;
  /**
   * Is called for a token before each request and each connection. `refused` is the token that the server has refused or
   * that has expired: it must not be returned again.
   */
  readonly getToken?: (refused?: string) => Promise<string>;
  /** The transports to use, in this order. All four when absent. */
  readonly transports?: readonly TransportName[];
  /** Keeps messages until the server has them. In memory when absent: a reload loses them. */
  readonly outbox?: OutboxStore;
  /** Replaces parts of the platform, in tests for instance. Browsers and Node need none. */
  readonly platform?: Partial<Platform>;
}

export interface Client {
  readonly conversations: ConversationList;
  readonly account: Account;
  /** The conversation with this id; the same object until it is closed. It connects with the first subscriber or send. */
  conversation(id: string): Conversation;
  /**
   * Uploads an image or a voice message, to be sent in `attachments` of a message. The same `Blob` is uploaded once, however
   * often this is called while it is on its way and until it is sent. Rejects with a `ClientError`, also when `signal` ends it.
   */
  upload(file: Blob, options?: UploadOptions): Promise<Attachment>;
  /** The bytes of an attachment, for `URL.createObjectURL` for instance: its address needs the token. */
  download(attachmentId: string, options?: { readonly signal?: AbortSignal }): Promise<Blob>;
  /** Deletes an attachment that no message has. */
  removeAttachment(attachmentId: string): Promise<void>;
  /** Dictation: what a recording says. The server keeps nothing of it. `language` is a code like `de`. */
  transcribe(
    recording: Blob,
    options?: { readonly language?: string; readonly signal?: AbortSignal },
  ): Promise<string>;
  /**
   * Finds words in the user's own messages and titles, newest first. `cursor` is the `nextCursor` of the page before; until that is
   * null there may be more, even after a page without items. Rejects with a `ClientError`, also when `signal` ends it.
   */
  search(
    words: string,
    page?: { readonly limit?: number; readonly cursor?: string; readonly signal?: AbortSignal },
  ): Promise<SearchPage>;
  /** Stores what the user thinks of an answer that has ended; null takes it back. */
  rate(answer: Pick<Message, 'id' | 'conversationId'>, feedback: Feedback | null): Promise<void>;
  /** What can be sent now, so that a page offers nothing else. */
  capabilities(): Promise<Capabilities>;
  /** Closes every conversation and ends every request. */
  close(): void;
}

/** The user's own account. All of it rejects with a `ClientError`. */
export interface Account {
  /** Where the user is signed in, newest first; `cursor` is the `nextCursor` of the page before. */
  sessions(page?: { readonly limit?: number; readonly cursor?: string }): Promise<{
    readonly items: readonly AccountSession[];
    readonly nextCursor: string | null;
  }>;
  /** Signs a session out; its streams end. */
  endSession(id: string): Promise<void>;
  /** Everything that is kept of the user, as one JSON document. */
  export(options?: { readonly signal?: AbortSignal }): Promise<Blob>;
  /** Deletes the account and all that is kept of it. The password is needed where the account has one. */
  remove(password?: string): Promise<void>;
}

export interface AccountSession {
  readonly id: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly userAgent: string | null;
  /** Whether it is the one that asks. */
  readonly current: boolean;
}

export interface UploadOptions {
  /** Called as the file goes out. Browsers tell each step; elsewhere it is called once, when the file has arrived. */
  readonly onProgress?: (progress: UploadProgress) => void;
  readonly signal?: AbortSignal;
}

/** In bytes. */
export interface UploadProgress {
  readonly loaded: number;
  readonly total: number;
}

export interface ConversationSummary {
  readonly id: string;
  readonly title: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Absent: it is not. */
  readonly pinned?: true;
  readonly archived?: true;
}

/** All of it rejects with a `ClientError`. */
export interface ConversationList {
  /**
   * Pinned ones first, then the newest; `cursor` is the `nextCursor` of the page before. Archived ones are in a list of their
   * own.
   */
  list(page?: { readonly limit?: number; readonly cursor?: string; readonly archived?: boolean }): Promise<{
    readonly items: readonly ConversationSummary[];
    readonly nextCursor: string | null;
  }>;
  create(title?: string): Promise<ConversationSummary>;
  get(id: string): Promise<ConversationSummary>;
  rename(id: string, title: string | null): Promise<ConversationSummary>;
  /** Keeps it at the top of the list, or no longer. */
  pin(id: string, pinned?: boolean): Promise<ConversationSummary>;
  /** Puts it away from the list, or back. */
  archive(id: string, archived?: boolean): Promise<ConversationSummary>;
  remove(id: string): Promise<void>;
}

export interface Conversation {
  readonly id: string;
  /** Immutable: the same object until something changes, then another. */
  readonly view: View;
  /** Calls `listener` after each change of `view`. Returns a function that unsubscribes; the connection stays until `close()`. */
  subscribe(listener: () => void): () => void;
  /** Calls `listener` with each frame that changes the view, once and in order, over any transport. Returns a function that unsubscribes. */
  onFrame(listener: (frame: Frame) => void): () => void;
  /**
   * Calls `listener` when the connection or a send fails or is refused, for now (`error.retryAt` says when the library tries
   * again by itself) or for good. The view has the same in `error` and `sendError`. Returns a function that unsubscribes.
   */
  onError(listener: ErrorListener): () => void;
  /** The same frames as an iterable, from now until `close()` or the signal. */
  frames(signal?: AbortSignal): AsyncIterable<Frame>;
  /**
   * The view shows the message at once as `sending`. It is sent until the server has it, under one `client_message_id`.
   * Resolves when the server has it. Rejects with a `ClientError` when the server refuses it for good.
   */
  send(message: NewMessage): Promise<Sent>;
  /** Sends a refused or a waiting message again, at once. */
  retry(clientMessageId: string): Promise<Sent>;
  /** Takes back a message that the server does not have yet. */
  discard(clientMessageId: string): void;
  /** Stops an answer, the running one without an id. Resolves when the server has the request; the answer may still end `complete`. */
  stop(messageId?: string): Promise<void>;
  /** Asks for another answer to the same user message. */
  regenerate(messageId: string): Promise<Sent>;
  /** Loads the page of messages before the first one in the view; `view.hasEarlier` says whether there is one. */
  loadEarlier(): Promise<void>;
  /** Uses this transport alone; `auto` uses all of them again. No text is lost or repeated. */
  use(transport: TransportName | 'auto'): void;
  /** Breaks the connection as a network failure would, to show that it recovers. */
  cut(): void;
  /** Tries to connect at once instead of at `view.retryAt`. */
  wake(): void;
  close(): void;
}

export type ErrorListener = (error: ClientProblem, from: 'connection' | 'send') => void;

export interface NewMessage {
  readonly text: string;
  /** Attachments, their ids, or files. Files are uploaded first: the message waits in the outbox until they are. */
  readonly attachments?: readonly (string | Attachment | Blob)[];
  readonly whenBusy?: 'queue' | 'reject' | 'interrupt';
  /** A new UUID when absent. */
  readonly clientMessageId?: string;
}

export interface Sent {
  readonly userMessage: Message;
  /** Of the answer. */
  readonly messageId: string;
  readonly duplicate: boolean;
}

/** What to show of a conversation. */
export interface View {
  readonly state: ConnectionState;
  /** The transport in use, or being tried. */
  readonly transport: TransportName | null;
  /** While `offline`: when the next try begins, in ms since 1970. Else null. */
  readonly retryAt: number | null;
  /** Everything up to this cursor is shown; `null` before the first response of the server. */
  readonly cursor: string | null;
  /** Oldest first; unsent messages come last. */
  readonly messages: readonly ViewMessage[];
  readonly hasEarlier: boolean;
  /** Why the connection closed, or what went wrong with it last; null once it is live. */
  readonly error: ClientProblem | null;
  /** What holds up the message that is being sent, `rate_limited` for instance; `retryAt` in it says until when. */
  readonly sendError: ClientProblem | null;
}

/** A message that the server has, or one that is not sent yet. */
export type ViewMessage = StoredMessage | UnsentMessage;

export interface StoredMessage extends Message {
  /** A stop of this answer was requested, and it has not ended yet. */
  readonly stopping: boolean;
  /** Of an answer without text: what it is waiting for. Absent when the server has not said, and from the first text on. */
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
  /** Those that are uploaded. */
  readonly attachments: readonly Attachment[];
  /** Those that are not uploaded yet. */
  readonly files: readonly Blob[];
  readonly error?: ClientProblem;
  readonly createdAt: string;
  readonly stopping: false;
}

/**
 * `code` is one of the protocol's; `network` when no gateway answered; `file_lost` when a file of an unsent message did not
 * survive a reload, and has to be attached again.
 */
export interface ClientProblem {
  readonly code: ErrorCode | 'network' | 'file_lost';
  readonly message: string;
  readonly retryable: boolean;
  /** When the library tries again by itself, in ms since 1970. Absent when it does not. */
  readonly retryAt?: number;
}

/** Keeps unsent messages. Tabs may share it: a message that is sent twice is stored once. */
export interface OutboxStore {
  load(conversationId: string): Promise<readonly OutboxEntry[]>;
  put(entry: OutboxEntry): Promise<void>;
  remove(conversationId: string, clientMessageId: string): Promise<void>;
}

export interface OutboxEntry {
  readonly conversationId: string;
  readonly clientMessageId: string;
  readonly text: string;
  /** A store that cannot keep a `Blob` may give back anything in its place: the message is then refused with `file_lost`. */
  readonly attachments: readonly (string | Attachment | Blob)[];
  /**
   * By index in `attachments`: the files of those that are uploaded. The server erases an upload that no message gets within a day;
   * then its file is uploaded again.
   */
  readonly files?: Readonly<Record<number, Blob>>;
  readonly whenBusy: 'queue' | 'reject' | 'interrupt';
  /** ISO 8601 UTC. */
  readonly createdAt: string;
}

/** What the library needs of the platform that it runs on. */
export interface Platform {
  readonly fetch: typeof fetch;
  /** The browsers' constructor; `ws` in a Node that has none. */
  readonly webSocket: () => Promise<WebSocketConstructor>;
  /** Calls `wake` when the network is back or the page is visible again. Returns a function that unsubscribes. */
  readonly onWake: (wake: () => void) => () => void;
  /** Calls `hide` when the page is no longer visible. Returns a function that unsubscribes. */
  readonly onHide: (hide: () => void) => () => void;
  /** Whether nobody can see the page; always false outside browsers. */
  readonly isHidden: () => boolean;
  /** Lets the tabs of one browser share a connection; undefined where they cannot. */
  readonly tabs: ((name: string) => Promise<Tabs>) | undefined;
  /** Of the page, like `https://www.example.org`; undefined outside browsers. */
  readonly pageOrigin: () => string | undefined;
  /** ms since 1970. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** A new UUID. */
  readonly newId: () => string;
  /** Calls `fire` once after `ms`. Returns a function that cancels it. */
  readonly setTimer: (ms: number, fire: () => void) => () => void;
}

/** All tabs of a browser that use the same name. */
export interface Tabs {
  /** Sends to all others. */
  post(message: object): void;
  listen(listener: (message: unknown) => void): void;
  /**
   * Calls `work` once no other tab leads, or at once with `steal`, which ends the other's lead. This tab leads until the promise
   * of `work` resolves. Resolves when it leads no more, also when another tab took the lead away; never rejects.
   */
  lead(signal: AbortSignal, steal: boolean, work: () => Promise<void>): Promise<void>;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

/** The part of a WebSocket that the library uses, so that it needs no DOM types. */
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

/** For signing in with the gateway's own accounts. */
export interface SessionOptions {
  readonly url: string;
  /** Where the session is kept. In memory when absent. */
  readonly store?: SessionStore;
  readonly platform?: Partial<Platform>;
}

export interface SessionStore {
  load(): Promise<StoredSession | null>;
  save(session: StoredSession | null): Promise<void>;
  /** Runs `work` alone among all tabs or processes that share the store, since a refresh token works once. */
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

/** Everything that asks the server rejects with a `ClientError`. */
export interface Session {
  /** The user who is signed in, in this tab or another; null when nobody is. */
  user(): Promise<SessionUser | null>;
  register(who: {
    readonly email: string;
    readonly password: string;
    readonly name?: string;
  }): Promise<SessionUser>;
  signIn(who: { readonly email: string; readonly password: string }): Promise<SessionUser>;
  /** Signs in as a new demo user, where the gateway offers that. */
  demo(): Promise<SessionUser>;
  /** Ends the session here and on the server. Works without the server too. */
  signOut(): Promise<void>;
  /** For `ClientOptions.getToken`. Refreshes the token before it expires, and when it was refused. */
  getToken(refused?: string): Promise<string>;
  /** Calls `listener` when the session begins or ends in this tab. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
}
