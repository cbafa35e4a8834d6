import { type GatewayNode, LEASE_MS, startGateway, startWorker, type WorkerNode } from './nodes.js';
import type { World } from './world.js';

/** The processes of a history. One that crashes comes back as another. */
export class Cluster {
  readonly #world: World;
  /** By place; undefined while it starts. */
  readonly #workers: (WorkerNode | undefined)[] = [];
  readonly #gateways: GatewayNode[];
  readonly #crashes = new Map<GatewayNode, (() => void)[]>();
  #started = 0;

  constructor(world: World) {
    this.#world = world;
    const { random } = world;
    const workers = random.whole(1, 3);
    for (let place = 0; place < workers; place++) void this.#startWorker(place);
    this.#gateways = Array.from({ length: random.whole(1, 2) }, () => this.#newGateway());
    this.#begin();
  }

  anyGateway(): GatewayNode {
    return this.#world.random.pick(this.#gateways);
  }

  /** Calls `onCrash` once the client can know. */
  whenCrashed(gateway: GatewayNode, onCrash: () => void): void {
    this.#crashes.set(gateway, [...(this.#crashes.get(gateway) ?? []), onCrash]);
  }

  /** Everything lives and goes on. */
  heal(): void {
    for (const node of [...this.#workers, ...this.#gateways]) node?.process.thaw();
  }

  #begin(): void {
    const { faultRates } = this.#world.network;
    this.#world.repeatedly(faultRates.every.crash, () => this.#crash());
    this.#world.repeatedly(faultRates.every.freeze, () => this.#freeze());
    this.#world.repeatedly(faultRates.every.drain, () => this.#drain());
  }

  #crash(): void {
    const { random, scheduler, trace } = this.#world;
    const downtime = random.between(10, 2000);
    if (random.chance(0.3)) {
      const place = random.whole(0, this.#gateways.length - 1);
      const gateway = this.#gateways[place] as GatewayNode;
      trace.say(() => `${gateway.process.name} CRASHES`);
      gateway.process.crash();
      this.#gateways[place] = this.#newGateway();
      for (const onCrash of this.#crashes.get(gateway) ?? []) scheduler.after(downtime, onCrash);
      return;
    }
    const place = random.whole(0, this.#workers.length - 1);
    const node = this.#workers[place];
    if (!node) return;
    trace.say(() => `${node.process.name} CRASHES`);
    node.process.crash();
    this.#workers[place] = undefined;
    scheduler.after(downtime, () => void this.#startWorker(place));
  }

  #freeze(): void {
    const { random, scheduler, trace } = this.#world;
    const { process } = random.pick([...this.#workers, ...this.#gateways]) ?? {};
    if (!process || process.frozen) return;
    trace.say(() => `${process.name} FREEZES`);
    process.freeze();
    scheduler.after(random.between(0.1, 5) * LEASE_MS, () => {
      trace.say(() => `${process.name} thaws`);
      process.thaw();
    });
  }

  #drain(): void {
    const { random, trace } = this.#world;
    const place = random.whole(0, this.#workers.length - 1);
    const node = this.#workers[place];
    if (!node) return;
    trace.say(() => `${node.process.name} is to stop`);
    this.#workers[place] = undefined;
    const stopped = (): void => {
      trace.say(() => `${node.process.name} has stopped`);
      node.process.crash();
    };
    void node.worker.stop(random.between(0, 1000)).then(stopped);
    void this.#startWorker(place);
  }

  async #startWorker(place: number): Promise<void> {
    this.#workers[place] = await startWorker(this.#world, `worker-${++this.#started}`);
  }

  #newGateway(): GatewayNode {
    return startGateway(this.#world, `gateway-${++this.#started}`);
  }
}
