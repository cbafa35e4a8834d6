import type { Product } from '../support/product.js';

export type Role = 'gateway' | 'worker';

type Start = () => Promise<Product>;

/** One place for a gateway or a worker, and whichever process has it now. */
export class Member {
  readonly name: string;
  readonly #start: Start;
  readonly #onCrash: (how: string) => void;
  #product: Product | undefined;
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

  /** Under which its worker claims. */
  get workerId(): string {
    const ready = this.#product?.lines.find((line) => line.includes('"msg":"ready"')) ?? '{}';
    return (JSON.parse(ready) as { workerId?: string }).workerId ?? '';
  }

  /** Puts a new process here. */
  async start(): Promise<void> {
    const product = await this.#start();
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
