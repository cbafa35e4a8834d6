import type { Frame } from '../../protocol/frames.js';
import type { Platform } from '../api.js';
import { ClientError, networkError, refusal, toClientError } from '../client-error.js';
import type { Page } from '../entries.js';
import type { Rest } from '../rest.js';
import type { Tokens } from '../tokens.js';

/** Opens one connection. It does not reconnect. */
export type Transport = (from: StartingPoint, events: ConnectionEvents) => Connection;

export interface StartingPoint {
  readonly conversationId: string;
  /** The connection brings what follows this cursor. */
  readonly cursor: string;
}

export interface Connection {
  /** Ends it. No event follows. */
  close(): void;
  /** Breaks it as a network failure would, where the platform can do that. */
  cut(): void;
  /** Asks the server for a sign of life, or for news. False where the transport has no such question. */
  ping(): boolean;
}

/** None is called before the `Transport` has returned, and none after `ended`. */
export interface ConnectionEvents {
  /** The server has accepted the connection. */
  opened(): void;
  frame(frame: Frame): void;
  /** Of polling, instead of frames: the newest page of messages. */
  page(page: Page): void;
  /** Something was received, if only a heartbeat. */
  alive(): void;
  ended(reason: Disconnect): void;
}

/**
 * Why a connection ended.
 * - `refused`: by the server; `token` is the one that it was given
 * - `unreachable`: a plain HTTP request had no answer either
 * - `failed`: this connection failed; another transport may work
 * - `closed`: by the library
 */
export type Disconnect =
  | { readonly kind: 'refused'; readonly error: ClientError; readonly token?: string }
  | { readonly kind: 'unreachable'; readonly error: ClientError }
  | { readonly kind: 'failed'; readonly error: ClientError }
  | { readonly kind: 'closed'; readonly why: CloseReason };

/**
 * - `replaced`: by another transport, or the conversation is closed
 * - `cut`: by `Conversation.cut()`
 * - `hidden`: the page is hidden, and the browser needs the connection for other tabs
 * - `gap`, `lost`: a frame did not fit (`FrameResult` of conversation-state.ts)
 */
type CloseReason = 'replaced' | 'cut' | 'hidden' | 'gap' | 'lost';

export interface TransportPorts {
  readonly url: string;
  readonly rest: Rest;
  readonly tokens: Tokens;
  readonly platform: Platform;
}

/** Why a connection could not be opened. A `ClientError` comes from a plain HTTP request, anything else from the transport. */
export function disconnectOf(thrown: unknown): Disconnect {
  if (!(thrown instanceof ClientError)) return { kind: 'failed', error: toClientError(thrown) };
  return { kind: thrown.problem.code === 'network' ? 'unreachable' : 'refused', error: thrown };
}

export function failed(message: string): Disconnect {
  return { kind: 'failed', error: networkError(message) };
}

/** Passes on a frame that came as text. Text that is not JSON ends the connection. */
export function passText(events: ConnectionEvents, text: string, token?: string): void {
  const frame = parse(text);
  if (frame) passFrame(events, frame, token);
  else events.ended(failed('a frame could not be read'));
}

function parse(text: string): Frame | undefined {
  try {
    return JSON.parse(text) as Frame;
  } catch {
    return undefined;
  }
}

/** Passes a frame on. An `error` frame without `messageId` refuses the connection and ends it. */
export function passFrame(events: ConnectionEvents, frame: Frame, token?: string): void {
  events.alive();
  const reason = refusalIn(frame, token);
  if (reason) events.ended(reason);
  else events.frame(frame);
}

/** The refusal that a frame is, if it is one. */
export function refusalIn(frame: Frame, token?: string): Disconnect | undefined {
  if (frame.type !== 'error' || frame.messageId !== undefined) return undefined;
  const error = refusal(frame.code, frame.error, frame.retryable);
  return { kind: 'refused', error, ...(token !== undefined && { token }) };
}
