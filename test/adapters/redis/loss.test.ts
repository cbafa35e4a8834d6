import { Redis } from 'ioredis';
import { keysOf } from '../../../src/adapters/redis/keys.js';
import type { LogWriter } from '../../../src/generation/generation-log.js';
import { bytes, COMPLETE, LogScene } from '../../contract/generation-log/scene.js';
import { ManualClock } from '../../doubles/manual-clock.js';
import { type RedisServer, startRedis } from '../../support/redis.js';
import { RedisDisaster } from '../../support/redis-disaster.js';
import { RedisProcess } from '../../support/redis-process.js';

describe('a log of which Redis loses something', () => {
  const clock = new ManualClock();
  let server: RedisServer;
  let here: RedisProcess;
  let redis: Redis;
  let fate: RedisDisaster;
  let scene: LogScene;
  let writer: LogWriter;

  beforeAll(async () => {
    server = await startRedis();
    here = new RedisProcess(server.url, clock);
    redis = new Redis(server.url);
    fate = new RedisDisaster(redis);
  });

  afterAll(async () => {
    redis.disconnect();
    await here.stop();
    await server.stop();
  });

  beforeEach(async () => {
    scene = new LogScene(here.subject());
    writer = await scene.write(1, 0, 'नमस्ते');
  });
  afterEach(() => scene.end());

  const GREETING = bytes('नमस्ते');

  it('is told to its writer, and restored without its readers noticing', async () => {
    const reader = scene.read();
    await reader.untilText('नमस्ते');
    await fate.loseAll(scene.ref);
    expect(await writer.append(GREETING, '!')).toEqual({ kind: 'lost' });
    await writer.restore({ text: 'नमस्ते', attempts: [{ attempt: 1, start: 0 }] });
    await scene.append(writer, GREETING, '!');
    await reader.untilText('नमस्ते!');
    expect(reader.resets).toBe(0);
  });

  it('is told to its writer when an older snapshot comes back', async () => {
    const putBack = await fate.save(scene.ref);
    await scene.append(writer, GREETING, ' abc');
    const reader = scene.read();
    await reader.untilText('नमस्ते abc');
    await putBack();
    expect(await writer.append(GREETING + 4, '!', COMPLETE)).toEqual({ kind: 'lost' });
    await writer.restore({ text: 'नमस्ते abc', attempts: [{ attempt: 1, start: 0 }] });
    await scene.append(writer, GREETING + 4, '!', COMPLETE);
    await scene.log.close(scene.ref);
    await reader.toEnd();
    expect(reader).toMatchObject({ text: 'नमस्ते abc!', resets: 0 });
  });

  it('is restored when a snapshot comes back from before the attempt began', async () => {
    const { snapshot, writer: second } = await scene.open(2);
    const putBack = await fate.save(scene.ref);
    const attempts = [...snapshot.attempts, { attempt: 2, start: GREETING }];
    await second.begin(GREETING);
    await putBack();
    expect(await second.append(GREETING, '!')).toEqual({ kind: 'lost' });
    await second.restore({ text: 'नमस्ते', attempts });
    await scene.append(second, GREETING, '!');
    expect(await scene.log.peek(scene.ref)).toEqual({ text: 'नमस्ते!', attempts });
  });

  it('is cut back to whole characters', async () => {
    const [text] = keysOf(scene.ref);
    await redis.set(text, Buffer.from('नमस्ते').subarray(0, GREETING - 1));
    const whole = { text: 'नमस्त', attempts: [{ attempt: 1, start: 0 }] };
    expect(await scene.log.peek(scene.ref)).toEqual(whole);
    const reader = scene.read();
    await reader.untilText(whole.text);
    const { snapshot, writer: second } = await scene.open(2);
    expect(snapshot).toEqual(whole);
    await second.begin(bytes(whole.text));
    await scene.append(second, bytes(whole.text), 'ों');
    await reader.untilText(`${whole.text}ों`);
  });

  it('has no outcome without all of its text', async () => {
    await scene.append(writer, GREETING, '!', COMPLETE);
    await scene.log.close(scene.ref);
    await fate.loseText(scene.ref, 0.5);
    const reader = scene.read();
    await reader.until('waiting');
    expect(await scene.log.peek(scene.ref)).not.toHaveProperty('outcome');
    const { snapshot, writer: second } = await scene.open(2);
    expect(snapshot).not.toHaveProperty('outcome');
    await second.begin(bytes(snapshot.text));
    await scene.append(second, bytes(snapshot.text), 'more', COMPLETE);
  });

  it('keeps no text of which the writers are not known', async () => {
    await redis.del(keysOf(scene.ref)[1]);
    expect(await scene.log.peek(scene.ref)).toBeUndefined();
    expect(await writer.append(GREETING, '!')).toEqual({ kind: 'lost' });
    expect((await scene.open(2)).snapshot).toEqual({ text: '', attempts: [] });
  });

  it('is not made by a close', async () => {
    await fate.loseAll(scene.ref);
    await scene.log.close(scene.ref);
    expect(await redis.exists(...keysOf(scene.ref))).toBe(0);
  });
});
