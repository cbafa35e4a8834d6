import type { GenerationRef } from '../../../src/generation/generation-log.js';
import type { JobQueue, JobSource } from '../../../src/generation/job-queue.js';
import type { Network } from '../network.js';
import type { Process } from '../process.js';

interface Consumer {
  readonly process: Process;
  readonly run: (ref: GenerationRef) => Promise<void>;
  free: number;
}

/** A queue that hands jobs out in no particular order, may lose any, and may give one to two workers. */
export class Jobs {
  readonly #network: Network;
  readonly #consumers = new Set<Consumer>();
  #waiting: GenerationRef[] = [];

  constructor(network: Network) {
    this.#network = network;
  }

  loseAll(): void {
    this.#waiting = [];
  }

  queueOf(process: Process): JobQueue {
    return {
      add: (ref) => this.#network.call(process, 'queue', `add ${ref.messageId}`, () => this.#add(ref)),
      available: () => this.#network.call(process, 'queue', 'available', () => true).catch(() => false),
    };
  }

  sourceOf(process: Process): JobSource {
    let consumer: Consumer;
    return {
      start: async (concurrency, run) => {
        consumer = { process, run, free: concurrency };
        this.#consumers.add(consumer);
        this.#handOut();
      },
      pause: async () => {
        this.#consumers.delete(consumer);
      },
    };
  }

  #add(ref: GenerationRef): void {
    const { random, faultRates, calm, scheduler } = this.#network;
    if (!calm && random.chance(faultRates.lostJobs)) return;
    this.#waiting.push(ref);
    if (random.chance(0.05)) this.#waiting.push(ref);
    scheduler.after(this.#network.delay(), () => this.#handOut());
  }

  #handOut(): void {
    const { random, scheduler } = this.#network;
    for (;;) {
      const ready = [...this.#consumers].filter(({ process, free }) => process.alive && free > 0);
      if (ready.length === 0 || this.#waiting.length === 0) return;
      const [ref] = this.#waiting.splice(random.whole(0, this.#waiting.length - 1), 1);
      const consumer = random.pick(ready);
      consumer.free--;
      scheduler.after(this.#network.delay(), () =>
        consumer.process.reach(() => void this.#run(consumer, ref)),
      );
    }
  }

  async #run(consumer: Consumer, ref: GenerationRef | undefined): Promise<void> {
    if (ref) await consumer.run(ref);
    consumer.free++;
    this.#handOut();
  }
}
