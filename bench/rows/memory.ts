import { setTimeout as sleep } from 'node:timers/promises';
import { residentKiB } from '../load/cpu.js';
import type { Figure, Target } from '../report/report.js';
import type { Transport } from '../systems/system.js';
import { type Viewed, viewedGateway, viewedPeer } from '../systems/viewers.js';
import type { Row } from './row.js';

const STREAMS = 5000;
const AT_ONCE = 20;
const SETTLE_MS = 5000;
const TRANSPORTS: readonly Transport[] = ['sse', 'websocket', 'socketio'];

/** B6: memory of an idle stream, each of a conversation of its own, against bare servers. */
export const memory: Row = async ({ ours, rounds }) => {
  const figures: Figure[] = [];
  for (const transport of TRANSPORTS) {
    const values = new Map<string, number[]>([
      ['bare', []],
      ['ours', []],
    ]);
    for (let round = 0; round < rounds; round += 1) {
      for (const open of [
        () => viewedPeer(transport),
        () => viewedGateway(ours, transport, STREAMS, false),
      ]) {
        const viewed = await open();
        try {
          values.get(viewed.name)?.push(await kibOfStream(viewed));
        } finally {
          await viewed.stop();
        }
      }
    }
    for (const [system, all] of values) {
      figures.push({
        system,
        at: `${STREAMS} idle, ${transport}`,
        what: 'memory a stream (KiB)',
        values: all,
      });
    }
  }
  const targets: Target[] = TRANSPORTS.map((transport) => ({
    at: `${STREAMS} idle, ${transport}`,
    what: 'memory a stream (KiB)',
    system: 'ours',
    against: 'bare',
    atMost: 1.3,
  }));
  return { row: 'B6', title: 'idle streams', figures, targets };
};

async function kibOfStream(viewed: Viewed): Promise<number> {
  await sleep(SETTLE_MS);
  const before = residentKiB(viewed.pid);
  for (let opened = 0; opened < STREAMS; opened += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => viewed.connect(() => {})));
  }
  await sleep(SETTLE_MS);
  return (residentKiB(viewed.pid) - before) / STREAMS;
}
