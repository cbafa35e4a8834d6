import type { FaultRates } from './fault-rates.js';
import type { Process } from './process.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';
import type { Trace } from './trace.js';

export type ServiceName = 'postgres' | 'log' | 'queue';

/** What becomes of a call. */
type Fate =
  | 'well'
  /** It never gets there. */
  | 'refused'
  /** It takes effect, and the caller is told that it failed. */
  | 'reply lost'
  /** The caller is told that it failed, and later it takes effect. */
  | 'late'
  /** It takes effect, the connection breaks, and the driver sends it again. */
  | 'twice';

/** Commands to the log go over one connection and take effect in time; what is lost with it is sent again. */
const FAULTS: Record<ServiceName, readonly Fate[]> = {
  postgres: ['refused', 'reply lost', 'late'],
  queue: ['refused', 'reply lost', 'late'],
  log: ['refused', 'reply lost', 'twice'],
};

/** An error of a driver, as `toAppError` knows it. */
class Unavailable extends Error {
  readonly code = 'ECONNRESET';
}

/** Between the processes and the services. Every call goes through here, and takes its time. */
export class Network {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  readonly faultRates: FaultRates;
  readonly #down = new Set<ServiceName>();
  /** What waits for a service to come back. */
  #waiting: { service: ServiceName; send: () => void }[] = [];
  #calm = false;

  constructor(scheduler: Scheduler, random: Random, faultRates: FaultRates, trace: Trace) {
    this.scheduler = scheduler;
    this.random = random;
    this.faultRates = faultRates;
    this.trace = trace;
  }

  get calm(): boolean {
    return this.#calm;
  }

  /** From now on nothing goes wrong any more. */
  calmDown(): void {
    this.#calm = true;
    for (const service of this.#down) this.bringBack(service);
  }

  takeDown(service: ServiceName): void {
    if (!this.#calm) this.#down.add(service);
  }

  bringBack(service: ServiceName): void {
    this.#down.delete(service);
    const ready = this.#waiting.filter((call) => call.service === service);
    this.#waiting = this.#waiting.filter((call) => call.service !== service);
    for (const { send } of ready) this.scheduler.after(this.delay(), send);
  }

  /** Has `effect` happen at a service, in one step. Its error is the reply too. */
  call<T>(caller: Process, service: ServiceName, what: string, effect: () => T | Promise<T>): Promise<T> {
    const fate = this.#fate(service);
    return new Promise((resolve, reject) => {
      const reply = (answer: () => void): void => {
        this.scheduler.after(this.delay(), () => caller.reach(answer));
      };
      const fail = (): void => reply(() => reject(new Unavailable(`${service} is down`)));
      const send = (): void => {
        if (this.#down.has(service)) return this.#meetAbsence(service, send, fail);
        this.trace.say(() => `${caller.name} → ${service} ${what}${fate === 'well' ? '' : ` (${fate})`}`);
        if (fate === 'refused') return fail();
        const take = async (): Promise<T> => effect();
        if (fate === 'twice') void take().catch(() => {});
        const done = take().then(
          (value) => () => resolve(value),
          (error: unknown) => () => reject(error),
        );
        if (fate === 'well' || fate === 'twice') void done.then(reply);
        else if (fate === 'reply lost') fail();
      };
      if (fate === 'late') {
        fail();
        this.scheduler.after(this.random.between(1, 5000), send);
      } else this.scheduler.after(this.delay(), send);
    });
  }

  /** Whether, by that chance, something is in the way. Never in a mild history, nor when it is calm. */
  hindered(chance: number): boolean {
    return !this.#calm && !this.faultRates.mild && this.random.chance(chance);
  }

  /** How long something is under way, in ms. */
  delay(): number {
    if (!this.#calm && this.random.chance(this.faultRates.slowness)) return this.random.between(100, 4000);
    if (this.faultRates.mild) return this.random.between(1, 30);
    return this.random.chance(0.8) ? this.random.between(0.1, 3) : this.random.between(3, 40);
  }

  #fate(service: ServiceName): Fate {
    if (this.#calm || !this.random.chance(this.faultRates.failures)) return 'well';
    return this.random.pick(FAULTS[service]);
  }

  /** Some clients are told at once, others wait in their driver's queue. */
  #meetAbsence(service: ServiceName, send: () => void, fail: () => void): void {
    if (service === 'log' && this.random.chance(0.5)) this.#waiting.push({ service, send });
    else fail();
  }
}
