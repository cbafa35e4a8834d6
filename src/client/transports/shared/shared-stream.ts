import { compareCursors, parseCursor } from '../../../protocol/cursor.js';
import type { Platform, Tabs } from '../../api.js';
import type { Rest } from '../../rest.js';
import {
  type Connection,
  type ConnectionEvents,
  passFrame,
  type StartingPoint,
  type TransportPorts,
} from '../transport.js';
import { type ChannelKey, disconnectFrom, type ToLeader, type ToTabs } from './messages.js';
import { MultiStream } from './multi-stream.js';

interface Channel extends StartingPoint {
  readonly events: ConnectionEvents;
  /** The stream that brings its frames. */
  stream?: string;
  /** Where it stands: another leader goes on from there. */
  cursor: string;
  cancelWait: () => void;
}

/** A leader that has not heard of a channel after this time, in ms, does not run any more: a browser may freeze a hidden tab. */
const HEARD_MS = 4000;

/** This tab's part of a connection that all tabs of a browser share, or that is this tab's alone where tabs cannot share. */
export class SharedStream {
  readonly #platform: Platform;
  readonly #rest: Rest;
  readonly #name: string;
  readonly #tabs: Tabs | undefined;
  readonly #channels = new Map<ChannelKey, Channel>();
  /** Present while this tab has the connection. */
  #stream: MultiStream | undefined;
  /** Aborted when this tab needs no connection any more. */
  #candidacy: AbortController | undefined;
  #count = 0;

  /** Undefined `tabs`: the stream is this tab's alone. */
  constructor(platform: Platform, rest: Rest, tabs: Tabs | undefined) {
    this.#platform = platform;
    this.#rest = rest;
    this.#name = platform.newId();
    this.#tabs = tabs;
    this.#tabs?.listen((message) => this.#hear(message as ToLeader | ToTabs));
  }

  open(from: StartingPoint, events: ConnectionEvents): Connection {
    const key = `${this.#name}/${this.#count++}`;
    this.#channels.set(key, { ...from, events, cancelWait: () => {} });
    this.#stand();
    this.#ask(key);
    const close = (): void => {
      this.#drop(key);
      this.#say({ to: 'leader', type: 'close', key });
      if (this.#channels.size === 0) this.#candidacy?.abort();
    };
    return { close, cut: close, ping: () => false };
  }

  /** Becomes the leader as soon as there is no other; with `steal` at once. */
  #stand(steal = false): void {
    if (!this.#tabs) {
      this.#stream ??= this.#newStream();
      return;
    }
    if (this.#candidacy && !steal) return;
    this.#candidacy?.abort();
    const candidacy = new AbortController();
    this.#candidacy = candidacy;
    void this.#runFor(this.#tabs, candidacy, steal);
  }

  async #runFor(tabs: Tabs, candidacy: AbortController, steal: boolean): Promise<void> {
    await tabs.lead(candidacy.signal, steal, () => this.#lead(candidacy.signal));
    if (this.#candidacy !== candidacy) return;
    this.#candidacy = undefined;
    this.#stream?.close();
    this.#stream = undefined;
    if (this.#channels.size > 0) this.#stand();
  }

  /** This tab has the connection until `resigned`. */
  #lead(resigned: AbortSignal): Promise<void> {
    if (resigned.aborted) return Promise.resolve();
    this.#stream?.close();
    this.#stream = this.#newStream();
    this.#say({ to: 'tabs', type: 'leader' });
    return new Promise((resolve) => resigned.addEventListener('abort', () => resolve()));
  }

  #newStream(): MultiStream {
    return new MultiStream(this.#rest, this.#platform.newId(), (message) => this.#say(message));
  }

  /** To all tabs, this one too. */
  #say(message: ToLeader | ToTabs): void {
    this.#tabs?.post(message);
    this.#hear(message);
  }

  #ask(key: ChannelKey): void {
    const channel = this.#channels.get(key);
    if (!channel) return;
    channel.cancelWait();
    channel.cancelWait = this.#platform.setTimer(HEARD_MS, () => this.#stand(true));
    const { conversationId, cursor } = channel;
    this.#say({ to: 'leader', type: 'open', key, conversationId, cursor });
  }

  #hear(message: ToLeader | ToTabs): void {
    if (message.to === 'leader') {
      if (message.type === 'close') this.#stream?.remove(message.key);
      else this.#stream?.add(message.key, message);
      return;
    }
    switch (message.type) {
      case 'leader':
        for (const key of this.#channels.keys()) this.#ask(key);
        return;
      case 'heard':
        return this.#channels.get(message.key)?.cancelWait();
      case 'opened':
        return this.#opened(message.stream, message.keys);
      case 'alive':
        for (const { stream, events } of this.#channels.values())
          if (stream === message.stream) events.alive();
        return;
      case 'frame':
        for (const channel of this.#channels.values()) {
          if (channel.stream === message.stream) pass(channel, message.frame);
        }
        return;
      case 'ended':
        for (const key of message.keys) this.#ended(key, message.stream, disconnectFrom(message.reason));
    }
  }

  #opened(stream: string, keys: readonly ChannelKey[]): void {
    for (const key of keys) {
      const channel = this.#channels.get(key);
      if (!channel) continue;
      const isFirst = channel.stream === undefined;
      channel.stream = stream;
      if (isFirst) channel.events.opened();
    }
  }

  /** The stream of a leader that was frozen may end when another leader's brings the channel. */
  #ended(key: ChannelKey, stream: string | undefined, reason: ReturnType<typeof disconnectFrom>): void {
    const { events, stream: current } = this.#channels.get(key) ?? {};
    if (stream !== undefined && stream !== current) return;
    this.#drop(key);
    events?.ended(reason);
  }

  #drop(key: ChannelKey): void {
    this.#channels.get(key)?.cancelWait();
    this.#channels.delete(key);
  }
}

/** Passes a frame on, and remembers where the channel stands. */
function pass(channel: Channel, frame: Parameters<typeof passFrame>[1]): void {
  if (frame.conversationId !== channel.conversationId) return;
  const cursor = 'cursor' in frame && frame.cursor !== undefined ? parseCursor(frame.cursor) : undefined;
  const at = parseCursor(channel.cursor);
  const moves = cursor && at && (frame.type === 'reset' || compareCursors(cursor, at) > 0);
  if (moves && 'cursor' in frame && frame.cursor !== undefined) channel.cursor = frame.cursor;
  passFrame(channel.events, frame);
}

/** The stream of the user whose token the client has, out of those that it has opened. @throws ClientError without a token */
export async function sharedStream(
  streams: Map<string | undefined, Promise<SharedStream>>,
  { url, tokens, platform, rest }: TransportPorts,
): Promise<SharedStream> {
  const user = userOf(await tokens.get());
  const name = user === undefined ? undefined : `veda.${url}.${user}`;
  const known = streams.get(name);
  if (known) return known;
  const made = (async () =>
    new SharedStream(platform, rest, name === undefined ? undefined : await platform.tabs?.(name)))();
  streams.set(name, made);
  // A part of the library that could not be loaded may be loaded later.
  made.catch(() => streams.delete(name));
  return made;
}

/** Whose token it is, which only the server can check: tabs of two users must not share. Undefined when it does not say. */
function userOf(token: string): string | undefined {
  try {
    const [, payload = ''] = token.split('.');
    const { iss, sub } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as {
      iss?: unknown;
      sub?: unknown;
    };
    return typeof sub === 'string' ? JSON.stringify([iss, sub]) : undefined;
  } catch {
    return undefined;
  }
}
