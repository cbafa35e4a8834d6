import { ok } from 'node:assert/strict';
import * as fc from 'fast-check';
import { RoomHandoff, upTo } from '../../src/gateway/room-handoff.js';
import type { FollowEvent } from '../../src/generation/follow.js';
import { sized } from '../support/size.js';
import { ModelConversation, ModelReader } from './handoff/conversation.js';
import { type Kept, Listener, NOTHING } from './handoff/listener.js';

/** A conversation, its room and some listeners, moved on one step at a time, in any order. */
class Scene {
  readonly conversation = new ModelConversation();
  readonly listeners: Listener[] = [];
  readonly #readers = new Map<Listener, ModelReader>();
  /** What clients had at some moments: they may come back from there. */
  readonly #kept: Kept[] = [NOTHING];
  #pump: ModelReader | undefined;
  readonly handoff = new RoomHandoff({
    broadcast: (event) => this.#broadcast(event),
    startPump: (cursor) => {
      ok(!this.#pump);
      this.#pump = new ModelReader(this.conversation, { cursor, seq: cursor.seq });
    },
    stopPump: () => {
      ok(this.#pump);
      this.#pump = undefined;
    },
  });

  join(from: number, resetFirst: boolean): void {
    const kept = this.#kept[from % this.#kept.length] ?? NOTHING;
    const listener = new Listener(kept, resetFirst);
    this.listeners.push(listener);
    this.handoff.add(listener, { cursor: kept.cursor, seq: kept.cursor.seq, resetFirst });
  }

  /** What `join` takes for the place of the last client that read. */
  get keptNow(): number {
    return this.#kept.length - 1;
  }

  leave(index: number): void {
    const [listener] = this.listeners.splice(index % (this.listeners.length || 1), 1);
    if (!listener) return;
    this.handoff.remove(listener);
    this.#readers.delete(listener);
  }

  /** One listener that catches up reads on. Says whether there was anything. */
  read(index: number, pageBytes: number): boolean {
    const listener = this.listeners[index % (this.listeners.length || 1)];
    if (!listener) return false;
    if (listener.readFrom) {
      this.#readers.set(listener, new ModelReader(this.conversation, listener.readFrom));
      listener.readFrom = undefined;
    }
    const event = listener.inRoom ? undefined : this.#readers.get(listener)?.next(pageBytes);
    if (!event) return false;
    this.handoff.told(listener, event);
    this.#kept.push(listener.kept);
    return true;
  }

  get pumping(): boolean {
    return this.#pump !== undefined;
  }

  pump(pageBytes: number): boolean {
    const event = this.#pump?.next(pageBytes);
    if (!event) return false;
    this.handoff.pumped(event);
    return true;
  }

  fill(index: number, full: boolean): void {
    const listener = this.listeners[index % (this.listeners.length || 1)];
    if (listener) listener.full = full;
  }

  /** Everybody reads all there is. */
  settle(): void {
    let moved = true;
    while (moved) {
      moved = this.pump(1000);
      this.listeners.forEach((_, index) => {
        moved = this.read(index, 1000) || moved;
      });
    }
  }

  #broadcast(event: FollowEvent): void {
    for (const listener of this.listeners) {
      if (!listener.inRoom) continue;
      ok(!('cursor' in event && listener.full), 'told although it is full');
      listener.send(event);
    }
  }
}

type Step = (scene: Scene) => void;

const index = fc.nat(3);
const page = fc.integer({ min: 4, max: 12 });
const words = fc.string({ unit: fc.constantFrom('a', 'é', '€', '🙂'), minLength: 1, maxLength: 8 });

const steps = fc.oneof(
  often(6, words, ({ conversation }, text) => conversation.write(text)),
  often(1, fc.constant(0), ({ conversation }) => conversation.accept()),
  often(1, fc.constant(0), ({ conversation }) => conversation.stop()),
  often(1, fc.constant(0), ({ conversation }) => conversation.end()),
  often(1, fc.constantFrom(0, 0.5, 1), ({ conversation }, part) => conversation.takeOver(part)),
  often(2, fc.tuple(fc.nat(200), fc.boolean()), (scene, [from, reset]) => scene.join(from, reset)),
  often(1, index, (scene, at) => scene.leave(at)),
  often(10, fc.tuple(index, page), (scene, [at, bytes]) => scene.read(at, bytes)),
  often(6, page, (scene, bytes) => scene.pump(bytes)),
  often(3, fc.constant(0), (scene) => scene.settle()),
  often(3, fc.tuple(index, fc.boolean()), (scene, [at, full]) => scene.fill(at, full)),
);

function often<T>(weight: number, arbitrary: fc.Arbitrary<T>, act: (scene: Scene, value: T) => unknown) {
  const stepOf = (value: T): Step =>
    Object.assign((scene: Scene) => void act(scene, value), {
      // For the report of a failure.
      [fc.toStringMethod]: () => `${act.toString()} with ${fc.stringify(value)}`,
    });
  return { weight, arbitrary: arbitrary.map(stepOf) };
}

test('whatever the order of things, everybody is told everything once, in order', () => {
  fc.assert(
    fc.property(fc.array(steps, { minLength: 40, maxLength: 120 }), (taken) => {
      const scene = new Scene();
      scene.conversation.accept();
      for (const take of taken) take(scene);

      while (scene.conversation.generations.some(({ ended }) => !ended)) scene.conversation.end();
      scene.conversation.accept();
      scene.conversation.write('the last');
      scene.conversation.end();
      scene.listeners.forEach((_, at) => scene.fill(at, false));
      scene.settle();

      const last = scene.conversation.generations.at(-1)?.messageId ?? '';
      for (const listener of scene.listeners) {
        expect(listener.ready).toBe(true);
        expect(listener.textOf(last)).toBe('the last');
        expect(listener.ended.at(-1)).toBe(last);
        expect(listener.inRoom).toBe(true);
      }
      expect(scene.handoff.empty).toBe(scene.listeners.length === 0);
    }),
    { numRuns: sized(200, 1000) },
  );
});

describe('a member', () => {
  const PAGE = 1000;
  let scene: Scene;
  beforeEach(() => {
    scene = new Scene();
    scene.conversation.accept();
    scene.conversation.write('one two');
  });

  it('that is the first has the pump begin where it is up to date', () => {
    scene.join(0, false);
    const pumping = [];
    while (scene.read(0, PAGE)) pumping.push(scene.pumping);
    // accepted, the alert, the text, ready
    expect(pumping).toEqual([false, false, false, true]);
    expect(scene.listeners[0]?.inRoom).toBe(true);
  });

  it('enters in the middle of a page, if that is where the pump is', () => {
    scene.join(0, false);
    scene.settle();
    scene.conversation.write(' three');
    scene.join(0, false);
    while (scene.read(1, PAGE));
    expect(scene.listeners[1]?.textOf('m1')).toBe('one two');
    expect(scene.listeners[1]?.inRoom).toBe(true);
    scene.settle();
    expect(scene.listeners.map((listener) => listener.textOf('m1'))).toEqual([
      'one two three',
      'one two three',
    ]);
  });

  it('enters when the pump comes to where it waits', () => {
    scene.join(0, false);
    scene.settle();
    scene.join(0, false);
    scene.read(1, PAGE);
    scene.conversation.takeOver(1);
    scene.conversation.write(' three');
    while (scene.read(1, PAGE));
    expect(scene.listeners[1]?.inRoom).toBe(false);
    scene.pump(PAGE);
    expect(scene.listeners[1]?.inRoom).toBe(true);
  });

  it('that may show text already stays out of the room until it was told to drop it', () => {
    scene.join(0, false);
    scene.settle();
    scene.join(scene.keptNow, true);
    expect(scene.listeners[1]?.inRoom).toBe(false);
    scene.settle();
    expect(scene.listeners[1]?.inRoom).toBe(false);
    scene.conversation.write(' three');
    // Fails if the text comes without the reset.
    scene.settle();
    expect(scene.listeners[1]?.inRoom).toBe(true);
  });

  it('is told of a stop that the room knows when it enters', () => {
    scene.join(0, false);
    scene.settle();
    scene.join(scene.keptNow - 1, false);
    scene.conversation.stop();
    scene.pump(PAGE);
    scene.settle();
    expect(scene.listeners.map(({ stopping }) => [...stopping])).toEqual([['m1'], ['m1']]);
  });

  it('tells the room of a stop that it knows when it enters', () => {
    scene.join(0, false);
    scene.settle();
    scene.join(0, false);
    scene.conversation.stop();
    while (scene.read(1, PAGE));
    expect(scene.listeners.map(({ stopping }) => [...stopping])).toEqual([['m1'], ['m1']]);
    // Fails if anybody is told again.
    scene.settle();
  });

  it('is told of the danger that the room knows when it enters', () => {
    scene.join(0, false);
    scene.settle();
    // Comes back at the pump's place, and so reads nothing for itself.
    scene.join(scene.keptNow, false);
    expect(scene.listeners[1]?.inRoom).toBe(true);
    expect([...(scene.listeners[1]?.alerted ?? [])]).toEqual(['m1']);
    // Fails if anybody is told again.
    scene.settle();
  });

  it('that is full leaves the room, and the pump ends with the last', () => {
    scene.join(0, false);
    scene.settle();
    scene.fill(0, true);
    scene.conversation.write(' three');
    scene.pump(PAGE);
    expect(scene.pumping).toBe(false);
    expect(scene.listeners[0]?.textOf('m1')).toBe('one two');
    scene.fill(0, false);
    scene.settle();
    expect(scene.listeners[0]?.textOf('m1')).toBe('one two three');
    expect(scene.listeners[0]?.inRoom).toBe(true);
  });
});

const text = (position: number, text: string, attempt = 1): FollowEvent & { kind: 'text' } => ({
  kind: 'text',
  cursor: { seq: 1, attempt, position },
  messageId: 'm',
  text,
});
const from = { seq: 1, attempt: 1, position: 2 };

describe('what a member reads past the pump’s place', () => {
  it('is cut off there, in bytes', () => {
    const place = { seq: 1, attempt: 1, position: 6 };
    expect(upTo(place, from, text(8, '🙂é'))).toEqual(text(6, '🙂'));
  });

  it('is cut off for a member that had no text', () => {
    const place = { seq: 1, attempt: 1, position: 2 };
    expect(upTo(place, { seq: 1, attempt: 0, position: 1 }, text(4, 'éé'))).toEqual(text(2, 'é'));
  });

  it.each([
    ['the pump is further on', { seq: 1, attempt: 1, position: 9 }],
    ['the pump is at its end', { seq: 1, attempt: 1, position: 8 }],
    ['the pump has the text of another attempt', { seq: 1, attempt: 2, position: 6 }],
    ['the pump is in another generation', { seq: 2, attempt: 1, position: 6 }],
    ['the pump is behind the member', { seq: 1, attempt: 1, position: 1 }],
  ])('is left whole when %s', (_, place) => {
    expect(upTo(place, from, text(8, '🙂é'))).toEqual(text(8, '🙂é'));
  });
});
