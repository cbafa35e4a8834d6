import { MemoryGenerationLog } from '../../../src/adapters/memory/log.js';
import { MemoryNotifier } from '../../../src/adapters/memory/notifier.js';
import { COMPLETE, LogScene, type LogSubject } from '../../contract/generation-log/scene.js';
import { describeGenerationLog } from '../../contract/generation-log.js';
import { ManualClock } from '../../doubles/manual-clock.js';

describe('the generation log in memory', () => {
  describeGenerationLog(subject);

  it('drops a closed log after the retention time, and no other', async () => {
    const made = subject();
    const { log, clock } = made;
    const scene = (): LogScene => new LogScene(made);
    const [closed, closedLater, open, next] = [scene(), scene(), scene(), scene()] as const;
    await closed.writeWhole('one');
    await open.write(1, 0, 'two');
    clock.advance(300_000);
    await closedLater.writeWhole('three');
    clock.advance(300_000);
    await next.write(1, 0, 'four');
    const left = await Promise.all([closed, closedLater, open].map(({ ref }) => log.peek(ref)));
    expect(left).toEqual([
      undefined,
      expect.objectContaining({ text: 'three', outcome: COMPLETE }),
      expect.objectContaining({ text: 'two' }),
    ]);
  });
});

function subject(): LogSubject {
  const [notifier, clock] = [new MemoryNotifier(), new ManualClock()];
  const log = new MemoryGenerationLog({ notifier, clock, retentionSeconds: 600 });
  return { log, elsewhere: log, notifier, clock };
}
