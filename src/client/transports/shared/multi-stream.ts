import { compareCursors, parseCursor } from '../../../protocol/cursor.js';
import type { Frame } from '../../../protocol/frames.js';
import { formatPlaces, MAX_PLACES } from '../../../protocol/places.js';
import { networkError } from '../../client-error.js';
import type { Rest } from '../../rest.js';
import { EventParser } from '../../sse-parser.js';
import { type Disconnect, disconnectOf, failed, refusalIn } from '../transport.js';
import { type ChannelKey, plainReason, type ToTabs } from './messages.js';

interface Place {
  readonly conversationId: string;
  readonly cursor: string;
}

/** A stream, and the channels that it brings. */
interface OpenedStream {
  readonly stream: string;
  readonly keys: readonly ChannelKey[];
  readonly token: string;
}

/**
 * The connection that all tabs share: one event stream of all conversations. A channel that is added has it opened anew, from
 * where each conversation's slowest channel stands; the old one goes on until the new one is open. Example: a channel stands at
 * `3.1.500` and another one of the same conversation is added at `3.1.0`; the new stream begins at `3.1.0`, and the first
 * channel ignores what it has seen.
 */
export class MultiStream {
  readonly #rest: Rest;
  readonly #name: string;
  readonly #tell: (message: ToTabs) => void;
  readonly #channels = new Map<ChannelKey, Place>();
  /** Channels that no stream brings yet. */
  readonly #waiting = new Set<ChannelKey>();
  #current = new AbortController();
  #isOpening = false;
  #isOver = false;
  #count = 0;

  /** `name` is unique among all tabs. */
  constructor(rest: Rest, name: string, tell: (message: ToTabs) => void) {
    this.#rest = rest;
    this.#name = name;
    this.#tell = tell;
  }

  add(key: ChannelKey, place: Place): void {
    this.#tell({ to: 'tabs', type: 'heard', key });
    this.#channels.set(key, place);
    this.#waiting.add(key);
    if (!this.#isOpening) void this.#openAll();
  }

  remove(key: ChannelKey): void {
    this.#waiting.delete(key);
    if (!this.#channels.delete(key) || this.#channels.size > 0) return;
    this.#current.abort();
  }

  close(): void {
    this.#isOver = true;
    this.#channels.clear();
    this.#current.abort();
  }

  async #openAll(): Promise<void> {
    this.#isOpening = true;
    while (this.#waiting.size > 0 && !this.#isOver) await this.#open();
    this.#isOpening = false;
  }

  async #open(): Promise<void> {
    const keys = [...this.#channels.keys()];
    const added = [...this.#waiting];
    this.#waiting.clear();
    const places = this.#places();
    if (places.size > MAX_PLACES) return this.#end(added, failed('too many conversations for one stream'));
    const opened = new AbortController();
    const stream = `${this.#name}.${this.#count++}`;
    try {
      const { response, token } = await this.#rest.open(
        'GET',
        `/api/stream?cursors=${formatPlaces(places)}`,
        {
          accept: 'text/event-stream',
          signal: opened.signal,
        },
      );
      this.#current.abort();
      this.#current = opened;
      if (this.#isOver || this.#channels.size === 0) return opened.abort();
      this.#tell({ to: 'tabs', type: 'opened', stream, keys });
      if (response.body) void this.#read(response.body, { stream, keys, token }, opened.signal);
    } catch (thrown) {
      this.#end(added, openingFailure(thrown));
    }
  }

  /** Where each conversation's slowest channel stands. */
  #places(): Map<string, string> {
    const places = new Map<string, string>();
    for (const { conversationId, cursor } of this.#channels.values()) {
      const other = places.get(conversationId);
      if (other === undefined || isBefore(cursor, other)) places.set(conversationId, cursor);
    }
    return places;
  }

  async #read(body: ReadableStream<Uint8Array>, opened: OpenedStream, signal: AbortSignal): Promise<void> {
    const reason = await this.#pass(body, opened).catch(disconnectOf);
    // Another stream brings the frames by now.
    if (signal.aborted) return;
    const left = opened.keys.filter((key) => this.#channels.has(key));
    this.#end(left, reason, opened.stream);
  }

  /** Tells the tabs what comes, until the stream ends. */
  async #pass(body: ReadableStream<Uint8Array>, { stream, keys, token }: OpenedStream): Promise<Disconnect> {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      const events = [...parser.push(decoder.decode(value, { stream: true }))];
      // A heartbeat is no event, and shows all the same that the server is alive.
      if (events.length === 0) this.#tell({ to: 'tabs', type: 'alive', stream });
      for (const data of events) {
        const frame = JSON.parse(data) as Frame;
        // A refusal that is of no conversation is the stream's.
        if ((frame.conversationId as string | undefined) === undefined) {
          const refusal = refusalIn(frame, token);
          if (refusal) return refusal;
        } else {
          this.#tell({ to: 'tabs', type: 'frame', stream, frame });
          this.#move(keys, frame);
        }
      }
    }
    return failed('the stream ended');
  }

  /**
   * The next stream begins where this one has come to. A channel that was added since stays where it stands: it does not get
   * the frames of this one.
   */
  #move(keys: readonly ChannelKey[], frame: Frame): void {
    if (!('cursor' in frame) || frame.cursor === undefined) return;
    for (const key of keys) {
      const { conversationId, cursor } = this.#channels.get(key) ?? {};
      if (cursor === undefined || conversationId !== frame.conversationId) continue;
      if (frame.type === 'reset' || isBefore(cursor, frame.cursor)) {
        this.#channels.set(key, { conversationId, cursor: frame.cursor });
      }
    }
  }

  /** `stream`: what has ended, if it was opened. */
  #end(keys: readonly ChannelKey[], reason: Disconnect, stream?: string): void {
    for (const key of keys) this.remove(key);
    if (keys.length > 0 && !this.#isOver) {
      this.#tell({ to: 'tabs', type: 'ended', keys, reason: plainReason(reason), stream });
    }
  }
}

/** An older gateway has no such stream: that says nothing about a conversation. */
function openingFailure(thrown: unknown): Disconnect {
  const reason = disconnectOf(thrown);
  const isMissing = reason.kind === 'refused' && reason.error.problem.code === 'not_found';
  return isMissing ? { kind: 'failed', error: networkError('the gateway has no shared stream') } : reason;
}

function isBefore(one: string, other: string): boolean {
  const [a, b] = [parseCursor(one), parseCursor(other)];
  return a !== undefined && b !== undefined && compareCursors(a, b) < 0;
}
