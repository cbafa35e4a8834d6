import { MemoryNotifier } from '../../../src/adapters/memory/notifier.js';
import { describeDoorbell } from '../../contract/notifier.js';

describe('the notifier in memory', () => {
  describeDoorbell(() => {
    const notifier = new MemoryNotifier();
    return { notifier, elsewhere: notifier };
  });

  it('is heard after what rings it, and once for several rings', async () => {
    const notifier = new MemoryNotifier();
    let rings = 0;
    await notifier.subscribe('stops', () => rings++);
    notifier.notify('stops');
    notifier.notify('stops');
    expect(rings).toBe(0);
    await Promise.resolve();
    expect(rings).toBe(1);
  });
});
