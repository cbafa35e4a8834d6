import type { FollowEvent } from '../../src/generation/follow.js';
import type { Runner } from '../../src/worker/runner.js';
import { faultRatesOf } from './fault-rates.js';
import { Jobs } from './model/jobs.js';
import { LogServer } from './model/log-server.js';
import { Texts } from './model/provider.js';
import { PubSub } from './model/pub-sub.js';
import { Rows } from './model/rows.js';
import { Network } from './network.js';
import type { Process } from './process.js';
import { Random } from './random.js';
import { Scheduler } from './scheduler.js';
import { Trace } from './trace.js';

export const USER = 'user';

/** What all processes of a history share, and what has been found wrong with it. */
export class World {
  readonly random: Random;
  readonly scheduler = new Scheduler();
  readonly trace: Trace;
  readonly network: Network;
  readonly rows = new Rows();
  readonly pubSub: PubSub;
  readonly logs: LogServer;
  readonly jobs: Jobs;
  readonly texts = new Texts();
  /** Whether the model can go on from a beginning of an answer. */
  readonly continues: boolean;
  readonly violations: string[] = [];
  /** Of all processes, also of those that are no more. */
  readonly runners: { readonly process: Process; readonly runner: Runner }[] = [];
  #ids = 0;

  constructor(seed: number, traced: boolean) {
    this.random = new Random(seed);
    this.trace = new Trace(this.scheduler, traced);
    this.network = new Network(this.scheduler, this.random, faultRatesOf(this.random), this.trace);
    this.pubSub = new PubSub(this.network);
    this.logs = new LogServer(new PubSub(this.network));
    this.jobs = new Jobs(this.network);
    this.continues = this.random.chance(0.6);
  }

  /** Has something happen again and again, with pauses of `every` ms on average, until it is calm. Not, without them. */
  repeatedly(every: number | undefined, happen: () => void): void {
    if (every === undefined) return;
    this.scheduler.after(this.random.between(0, 2 * every), () => {
      if (this.network.calm) return;
      happen();
      this.repeatedly(every, happen);
    });
  }

  /** Since when an event could have been told. */
  since(event: FollowEvent): number | undefined {
    if (event.kind === 'accepted') return this.rows.generations.get(event.view.ref.messageId)?.acceptedAt;
    if (event.kind === 'ended') return this.rows.generations.get(event.message.id)?.endedAt;
    if (event.kind !== 'text') return undefined;
    const first = event.cursor.position - Buffer.byteLength(event.text);
    return this.logs.writes.get(event.messageId)?.find(({ end }) => end > first)?.at;
  }

  readonly newId = (): string => `m${++this.#ids}`;

  readonly violation = (what: string): void => {
    this.trace.say(() => `VIOLATION ${what}`);
    this.violations.push(what);
  };
}
