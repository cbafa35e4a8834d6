import { MemoryDoorbell } from '../../../src/adapters/memory/doorbell.js';
import { describeDoorbell } from '../../contract/doorbell.js';

describe('the doorbell in memory', () => {
  describeDoorbell(() => {
    const doorbell = new MemoryDoorbell();
    return { doorbell, elsewhere: doorbell };
  });

  it('is heard after what rings it, and once for several rings', async () => {
    const doorbell = new MemoryDoorbell();
    let rings = 0;
    await doorbell.listen('stops', () => rings++);
    doorbell.ring('stops');
    doorbell.ring('stops');
    expect(rings).toBe(0);
    await Promise.resolve();
    expect(rings).toBe(1);
  });
});
