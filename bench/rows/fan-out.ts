import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from '../load/cpu.js';
import type { Viewed } from '../systems/viewers.js';
import { againstBare } from './against-bare.js';
import type { Row } from './row.js';

const VIEWERS = 1000;
const MEASURED_MS = 5000;

/** B5: one answer to 1,000 viewers: CPU time of the gateway a delivery, against a `ws.send` loop and a stock Socket.IO room. */
export const fanOut: Row = async (contestants) => {
  await contestants.servers.script({ stamped: true, tokenCount: 600, tokensPerSecond: 30 });
  const compared = await againstBare(contestants, {
    transports: ['websocket', 'socketio'],
    viewers: VIEWERS,
    shared: true,
    doing: 'viewers',
    what: 'CPU a delivery (µs)',
    measure: costOfDelivery,
    atMost: 1.1,
  });
  return { row: 'B5', title: 'fan-out', ...compared };
};

async function costOfDelivery(viewed: Viewed): Promise<number> {
  let frames = 0;
  for (let viewer = 0; viewer < VIEWERS; viewer += 1) await viewed.connect(() => (frames += 1));
  await viewed.start();
  await sleep(1000);
  const [framesBefore, cpuBefore] = [frames, cpuMs(viewed.pid)];
  await sleep(MEASURED_MS);
  return ((cpuMs(viewed.pid) - cpuBefore) * 1000) / (frames - framesBefore);
}
