import { setImmediate } from 'node:timers';

interface Event {
  readonly at: number;
  /** Of two at the same moment the one that was planned first comes first. */
  readonly order: number;
  run: (() => void) | undefined;
}

/** Takes back what was planned. */
export type Cancel = () => void;

/**
 * Virtual time. Whatever happens is planned here, and one thing happens at a time: the next begins when nothing is left
 * to do after the last one, so what comes before what is decided by the planned moments alone.
 */
export class Scheduler {
  #now = 0;
  #planned = 0;
  /** A heap, the earliest first. */
  readonly #events: Event[] = [];

  /** Milliseconds since the history began. */
  get now(): number {
    return this.#now;
  }

  /** Runs `run` after `ms`. */
  after(ms: number, run: () => void): Cancel {
    const event: Event = { at: this.#now + Math.max(ms, 0), order: this.#planned++, run };
    this.#add(event);
    return () => {
      event.run = undefined;
    };
  }

  /** Lets things happen until `done`, or until the moment `end`. Says whether it was `done`. */
  async run(end: number, done: () => boolean): Promise<boolean> {
    await settled();
    while (!done()) {
      const event = this.#events[0];
      if (!event || event.at > end) {
        this.#now = end;
        return false;
      }
      this.#takeFirst();
      if (!event.run) continue;
      this.#now = event.at;
      event.run();
      await settled();
    }
    return true;
  }

  #add(event: Event): void {
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(event, events[parent] as Event)) break;
      events[at] = events[parent] as Event;
      at = parent;
    }
    events[at] = event;
  }

  #takeFirst(): void {
    const events = this.#events;
    const last = events.pop() as Event;
    if (events.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && before(events[child + 1] as Event, events[child] as Event)) child++;
      if (!before(events[child] as Event, last)) break;
      events[at] = events[child] as Event;
      at = child;
    }
    events[at] = last;
  }
}

function before(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** All that follows from what has just happened has happened: no promise is left to be gone on with. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
