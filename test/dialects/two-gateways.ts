import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';

/** What the model says, and what the gateway adds. */
export const TOKENS = ['Drink ', 'hot ', 'tea 🍵, ', 'rest ', 'and ', 'wait.'];
export const ENDING = `\n\n${DISCLAIMER}`;
export const ANSWER = TOKENS.join('') + ENDING;
/** What an answer has that stalls, see `stall`. */
export const HALF = TOKENS.slice(0, 3).join('');

export interface TwoGateways {
  readonly cluster: Cluster;
  readonly worker: Product;
  readonly gateways: [Product, Product];
}

/** A worker, and two gateways as behind a balancer. The model says `TOKENS`. */
export async function startTwoGateways(env: Record<string, string> = {}): Promise<TwoGateways> {
  const cluster = await Cluster.start(env);
  const [worker, ...gateways] = await Promise.all([cluster.worker(), cluster.gateway(), cluster.gateway()]);
  cluster.ollama.defaultScript({ text: TOKENS });
  return { cluster, worker, gateways };
}

/** The next answer has its first half alone, until its worker or the answer itself is stopped. */
export function stall({ ollama }: Cluster): void {
  ollama.script({ text: TOKENS, fault: 'stall', after: 3 });
}
