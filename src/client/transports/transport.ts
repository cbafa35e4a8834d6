import type { Frame } from '../../protocol/frames.js';
import type { Platform } from '../api.js';
import { ClientError, networkError, refusal, toClientError } from '../client-error.js';
import type { Page } from '../entries.js';
import type { Rest } from '../rest.js';
import type { Tokens } from '../tokens.js';

/** One connection that tells a conversation from a place on. It tries once; coming back is somebody else's affair. */
export interface Connection {
  /** Ends it. Nothing is told after this. */
  close(): void;
  /** Breaks it off as a network would, where the platform allows it. */
  cut(): void;
  /** Asks for a sign of life, or for news. False where it cannot be asked for. */
  poke(): boolean;
}

export interface From {
  readonly conversationId: string;
  /** Goes on after this place. */
  readonly cursor: string;
}

/** What a connection tells. Never before `Connect` has returned, and nothing after `ended`. */
export interface Events {
  /** The server has let it in. */
  opened(): void;
  frame(frame: Frame): void;
  /** Instead of frames: all that is there. */
  page(page: Page): void;
  /** The other side lives. */
  heard(): void;
  ended(ending: Ending): void;
}

/**
 * Why a connection ended.
 * - `refused`: the server said so; `token` is what it was shown
 * - `unreachable`: not even a plain request was answered
 * - `broken`: this connection failed; another kind may not
 * - `left`: this side gave it up
 */
export type Ending =
  | { readonly kind: 'refused'; readonly error: ClientError; readonly token?: string }
  | { readonly kind: 'unreachable'; readonly error: ClientError }
  | { readonly kind: 'broken'; readonly error: ClientError }
  | { readonly kind: 'left'; readonly why: 'switch' | 'cut' | 'gap' | 'lost' };

export type Connect = (from: From, events: Events) => Connection;

export interface TransportPorts {
  readonly url: string;
  readonly rest: Rest;
  readonly tokens: Tokens;
  readonly platform: Platform;
}

/** What an error means for the connection that it hindered: a plain request's is a `ClientError`. */
export function endingOf(thrown: unknown): Ending {
  if (!(thrown instanceof ClientError)) return { kind: 'broken', error: toClientError(thrown) };
  return { kind: thrown.problem.code === 'network' ? 'unreachable' : 'refused', error: thrown };
}

export function broken(message: string): Ending {
  return { kind: 'broken', error: networkError(message) };
}

/** The same for a frame as text. One that is none breaks the connection. */
export function tellText(events: Events, text: string, token?: string): void {
  const frame = frameIn(text);
  if (frame) tell(events, frame, token);
  else events.ended(broken('a frame could not be read'));
}

function frameIn(text: string): Frame | undefined {
  try {
    return JSON.parse(text) as Frame;
  } catch {
    return undefined;
  }
}

/** Passes a frame on. One that ends the stream, for a reason that is no answer's, ends the connection. */
export function tell(events: Events, frame: Frame, token?: string): void {
  events.heard();
  if (frame.type !== 'error' || frame.messageId !== undefined) return events.frame(frame);
  const error = refusal(frame.code, frame.error, frame.retryable);
  events.ended({ kind: 'refused', error, ...(token !== undefined && { token }) });
}
