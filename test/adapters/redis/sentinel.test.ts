import { LogScene } from '../../contract/generation-log/scene.js';
import { ManualClock } from '../../doubles/manual-clock.js';
import { RedisProcess } from '../../support/redis-process.js';
import { type SentinelServers, startSentinels } from '../../support/redis-sentinel.js';

describe('a master under Sentinel', () => {
  const clock = new ManualClock();
  let servers: SentinelServers;
  let here: RedisProcess;
  let there: RedisProcess;

  beforeAll(async () => {
    servers = await startSentinels();
    here = new RedisProcess(servers.url, clock);
    there = new RedisProcess(servers.url, clock);
  });

  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
    await servers.stop();
  });

  it('that hangs is left for the new one, and stays left when it wakes up', async () => {
    const scene = new LogScene(here.subject(there));
    const writer = await scene.write(1, 0, 'text');
    const reader = scene.read(undefined, there.log);
    await reader.untilText('text');
    servers.master.freeze();
    // Waiting readers look every five seconds, and so find out too.
    clock.advance(5000);
    const text = 'text and more';
    let written = await writer.append(4, ' and more');
    if (written.kind === 'lost') {
      // It had not come to the replica: what a worker does then.
      await writer.restore({ text: 'text', attempts: [{ attempt: 1, start: 0 }] });
      written = await writer.append(4, ' and more');
    }
    expect(written).toEqual({ kind: 'written', position: text.length });
    await reader.untilText(text);
    servers.master.thaw();

    // It takes itself for the master for some seconds more.
    await scene.append(writer, text.length, '!');
    await reader.untilText(`${text}!`);
    expect(reader.resets).toBe(0);
    expect((await there.log.peek(scene.ref))?.text).toBe(`${text}!`);
    await scene.end();
  });
});
