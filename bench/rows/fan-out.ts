import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from '../load/cpu.js';
import type { Figure, Target } from '../report/report.js';
import type { Transport } from '../systems/system.js';
import { type Viewed, viewedGateway, viewedPeer } from '../systems/viewers.js';
import type { Row } from './row.js';

const VIEWERS = 1000;
const MEASURED_MS = 5000;
const TRANSPORTS: readonly Transport[] = ['websocket', 'socketio'];

/** B5: one answer to 1,000 viewers: CPU time of the gateway a delivery, against a `ws.send` loop and a stock Socket.IO room. */
export const fanOut: Row = async ({ servers, ours, rounds }) => {
  await servers.script({ stamped: true, tokenCount: 600, tokensPerSecond: 30 });
  const figures: Figure[] = [];
  for (const transport of TRANSPORTS) {
    const values = new Map<string, number[]>([
      ['bare', []],
      ['ours', []],
    ]);
    for (let round = 0; round < rounds; round += 1) {
      for (const open of [() => viewedPeer(transport), () => viewedGateway(ours, transport, VIEWERS, true)]) {
        const viewed = await open();
        try {
          values.get(viewed.name)?.push(await costOfDelivery(viewed));
        } finally {
          await viewed.stop();
        }
      }
    }
    for (const [system, all] of values) {
      figures.push({
        system,
        at: `${VIEWERS} viewers, ${transport}`,
        what: 'CPU a delivery (µs)',
        values: all,
      });
    }
  }
  const targets: Target[] = TRANSPORTS.map((transport) => ({
    at: `${VIEWERS} viewers, ${transport}`,
    what: 'CPU a delivery (µs)',
    system: 'ours',
    against: 'bare',
    atMost: 1.1,
  }));
  return { row: 'B5', title: 'fan-out', figures, targets };
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
