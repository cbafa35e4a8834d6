import { Redis } from 'ioredis';
import type { LogWriter } from '../../../src/generation/generation-log.js';
import { LogScene } from '../../contract/generation-log/scene.js';
import { ManualClock } from '../../doubles/manual-clock.js';
import { type RedisServer, startRedis } from '../../support/redis.js';
import { nextEvent, RedisProcess } from '../../support/redis-process.js';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';

describe('while Redis is away', () => {
  const clock = new ManualClock();
  let server: RedisServer;
  let proxy: TcpProxy;
  let here: RedisProcess;
  let scene: LogScene;
  let writer: LogWriter;

  beforeEach(async () => {
    server = await startRedis({ persist: true });
    proxy = await startTcpProxy(server.port);
    here = new RedisProcess(proxy.url, clock);
    scene = new LogScene(here.subject());
    writer = await scene.write(1, 0, 'text');
  });

  afterEach(async () => {
    await scene.end();
    await here.stop();
    await proxy.stop();
    await server.stop();
  });

  it('writes wait, and are applied once when it is back', async () => {
    await server.kill();
    const append = writer.append(4, ' and more');
    await server.restart();
    expect(await append).toEqual({ kind: 'written', position: 13 });
    expect((await scene.log.peek(scene.ref))?.text).toBe('text and more');
  });

  it('readers wait, and go on when it is back', async () => {
    const reader = scene.read();
    await reader.untilText('text');
    await server.kill();
    await nextEvent(here.redis.pubsub, 'close');
    clock.advance(5000);
    await reader.until('waiting');
    await server.restart();
    await scene.append(writer, 4, ' and more');
    await reader.untilText('text and more');
  });

  it('readers can come, and leave', async () => {
    await server.kill();
    await nextEvent(here.redis.pubsub, 'close');
    const reader = scene.read();
    expect(await reader.next()).toMatchObject({ kind: 'waiting' });
    await reader.stop();
    await expect(scene.log.peek(scene.ref)).rejects.toThrow('redis: read: ');
    expect(await scene.log.startsCharacter(scene.ref, 2)).toBe(true);
  });

  it('readers are not held up by a Redis that does not answer', async () => {
    const reader = scene.read();
    await reader.untilText('text');
    server.freeze();
    clock.advance(5000);
    expect(await reader.next()).toMatchObject({ kind: 'waiting' });
    server.thaw();
  });

  it('a whole batch of writes survives a connection that breaks in the middle of the replies', async () => {
    const scenes = Array.from({ length: 50 }, () => new LogScene(scene.subject));
    const writers = await Promise.all(scenes.map((scene) => scene.write(1, 0)));
    proxy.cutReplies(100);
    const written = await Promise.all(writers.map((writer) => writer.append(0, 'batch')));
    expect(written).toEqual(scenes.map(() => ({ kind: 'written', position: 5 })));
    expect(proxy.cuts).toBe(1);
    const held = await Promise.all(scenes.map(({ log, ref }) => log.peek(ref)));
    expect(held.map((snapshot) => snapshot?.text)).toEqual(scenes.map(() => 'batch'));
  });

  it('scripts that Redis has forgotten are sent again', async () => {
    const admin = new Redis(server.url);
    await admin.script('FLUSH');
    await scene.append(writer, 4, '!');
    admin.disconnect();
    expect((await scene.log.peek(scene.ref))?.text).toBe('text!');
  });

  it('writes wait for the new master of a failover', async () => {
    const admin = new Redis(server.url);
    await admin.replicaof('127.0.0.1', 1);
    const append = writer.append(4, '!');
    await nextEvent(here.redis.writes, 'close');
    await admin.replicaof('NO', 'ONE');
    admin.disconnect();
    expect(await append).toEqual({ kind: 'written', position: 5 });
  });

  it('what waits is rejected when the connections are closed', async () => {
    await server.kill();
    await nextEvent(here.redis.writes, 'close');
    const rejected = expect(writer.append(4, 'secret')).rejects.toThrow(/^redis: append: [^]*closed/);
    await here.stop();
    await rejected;
  });
});
