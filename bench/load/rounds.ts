import type { Servers } from '../servers.js';
import type { SystemFactory, Transport } from '../systems/system.js';
import { type Level, type Measured, play } from './play.js';

/** Interleaved rounds of several systems: A B C, A B C, … so that what else the machine does meets all of them. */
export async function rounds(
  servers: Servers,
  factories: readonly SystemFactory[],
  count: number,
  level: Level,
  transport: Transport,
): Promise<Map<string, Measured[]>> {
  const measured = new Map<string, Measured[]>(factories.map(({ name }) => [name, []]));
  for (let round = 0; round < count; round += 1) {
    for (const factory of factories) {
      measured.get(factory.name)?.push(await oneRound(servers, factory, level, transport));
    }
  }
  return measured;
}

const WARM_UP: Level = { streams: 20, tokens: 30, tokensPerSecond: 30, rampMs: 200 };

async function oneRound(
  servers: Servers,
  factory: SystemFactory,
  level: Level,
  transport: Transport,
): Promise<Measured> {
  const system = await factory.start();
  const run = async (level: Level): Promise<Measured> => {
    const { tokens: tokenCount, tokensPerSecond } = level;
    await servers.script({ stamped: true, tokenCount, tokensPerSecond });
    return play(level, system, await system.connect(level.streams, transport));
  };
  try {
    await run(WARM_UP);
    return await run(level);
  } finally {
    await system.disconnect();
    await system.stop();
  }
}
