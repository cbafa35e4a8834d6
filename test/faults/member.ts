import type { Product } from '../support/product.js';

export type Role = 'gateway' | 'worker';

/** Starts a process; `model` names it to the model server. */
type Start = (model: string) => Promise<Product>;

/** One place for a gateway or a worker, and whichever process has it now. */
export class Member {
  readonly name: string;
  readonly #start: Start;
  readonly #onCrash: (how: string) => void;
  #product: Product | undefined;
  #lives = 0;
  /** All that were ever here. */
  readonly #products: Product[] = [];
  readonly #ending = new Set<Product>();

  constructor(name: string, start: Start, onCrash: (how: string) => void) {
    this.name = name;
    this.#start = start;
    this.#onCrash = onCrash;
  }

  /** Where it can be reached; undefined while there is no process. */
  get url(): string | undefined {
    return this.#product?.url;
  }

  /** What the model server knows the process by. */
  get model(): string {
    return `${this.name}.${this.#lives}`;
  }

  /** Puts a new process here. */
  async start(): Promise<void> {
    this.#lives++;
    const product = await this.#start(this.model);
    this.#product = product;
    this.#products.push(product);
    product.process.once('exit', (code, signal) => {
      if (this.#product === product) this.#product = undefined;
      if (!this.#ending.has(product))
        this.#onCrash(`${this.name} ended with ${code ?? signal}: ${last(product)}`);
    });
  }

  /** What the log says of each request that failed. */
  get failed(): string[] {
    return this.#products.flatMap(({ lines }) =>
      lines.filter((line) => line.includes('"msg":"request failed"')),
    );
  }

  /** Ends the process as a crash does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks the process to end, and waits until it has. */
  async drain(): Promise<void> {
    const product = this.#product;
    const code = await this.#end('SIGTERM');
    if (product && code !== 0)
      this.#onCrash(`${this.name} ended with ${code} after SIGTERM: ${last(product)}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#product?.process.kill(signal);
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const product = this.#product;
    if (!product) return 0;
    this.#product = undefined;
    this.#ending.add(product);
    return product.stop(signal);
  }
}

function last({ lines, stderr }: Product): string {
  return [...lines.slice(-3), stderr].join('\n');
}
