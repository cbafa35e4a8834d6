import { setImmediate as turn } from 'node:timers/promises';
import { MemoryNotifier } from '../../src/adapters/memory/notifier.js';
import type { GenerationStore } from '../../src/generation/generation-store.js';
import { Leases } from '../../src/worker/leases.js';
import type { Runner } from '../../src/worker/runner.js';
import { ManualClock } from '../doubles/manual-clock.js';
import { SILENT } from '../support/silent-log.js';

test('stops that are rung for in quick succession renew the leases twice: at the first, and for the rest', async () => {
  const [notifier, clock] = [new MemoryNotifier(), new ManualClock()];
  let renewals = 0;
  const renew = async () => {
    renewals++;
    return [{ messageId: 'm', stopRequested: false }];
  };
  const leases = new Leases({
    store: { renew } as unknown as GenerationStore,
    notifier,
    clock,
    logger: SILENT,
    runner: { worker: 'w', running: new Set(['m']) } as unknown as Runner,
    leaseMs: 60_000,
  });
  await leases.start();
  const afterRings = async (): Promise<number> => {
    for (let count = 0; count < 50; count++) {
      notifier.notify('stops');
      await turn();
    }
    return renewals;
  };
  expect(await afterRings()).toBe(1);
  clock.advance(100);
  await turn();
  expect(renewals).toBe(2);
  clock.advance(100);
  await turn();
  expect(renewals).toBe(2);
  expect(await afterRings()).toBe(3);
  await leases.stop();
});
