import { setTimeout as sleep } from 'node:timers/promises';
import { residentKiB } from '../load/cpu.js';
import type { Viewed } from '../systems/viewers.js';
import { againstBare } from './against-bare.js';
import type { Row } from './row.js';

const STREAMS = 5000;
const AT_ONCE = 20;
const SETTLE_MS = 5000;

/** B6: memory of an idle stream, each of a conversation of its own, against bare servers. */
export const memory: Row = async (contestants) => {
  const compared = await againstBare(contestants, {
    transports: ['sse', 'websocket', 'socketio'],
    viewers: STREAMS,
    shared: false,
    doing: 'idle',
    what: 'memory a stream (KiB)',
    measure: kibOfStream,
    atMost: 1.3,
  });
  return { row: 'B6', title: 'idle streams', ...compared };
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
