import type { Figure, Target } from '../report/report.js';
import type { Transport } from '../systems/system.js';
import { type Viewed, viewedGateway, viewedPeer } from '../systems/viewers.js';
import type { Contestants } from './row.js';

export interface Comparison {
  readonly transports: readonly Transport[];
  readonly viewers: number;
  /** Whether all viewers watch one conversation, or each has its own. */
  readonly shared: boolean;
  /** What the viewers do, as the report names it. */
  readonly doing: string;
  /** The name of the figure, with its unit. */
  readonly what: string;
  readonly measure: (viewed: Viewed) => Promise<number>;
  /** How many times the bare server's figure ours may be. */
  readonly atMost: number;
}

/** Measures viewers of our gateway against those of a bare server, over each transport, in interleaved rounds. */
export async function againstBare(
  { ours, rounds }: Contestants,
  { transports, viewers, shared, doing, what, measure, atMost }: Comparison,
): Promise<{ figures: Figure[]; targets: Target[] }> {
  const figures: Figure[] = [];
  const targets: Target[] = [];
  for (const transport of transports) {
    const values = new Map<string, number[]>([
      ['bare', []],
      ['ours', []],
    ]);
    for (let round = 0; round < rounds; round += 1) {
      for (const open of [
        () => viewedPeer(transport),
        () => viewedGateway(ours, transport, viewers, shared),
      ]) {
        const viewed = await open();
        try {
          values.get(viewed.name)?.push(await measure(viewed));
        } finally {
          await viewed.stop();
        }
      }
    }
    const at = `${viewers} ${doing}, ${transport}`;
    for (const [system, all] of values) figures.push({ system, at, what, values: all });
    targets.push({ at, what, system: 'ours', against: 'bare', atMost });
  }
  return { figures, targets };
}
