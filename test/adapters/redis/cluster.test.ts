import { jobsOnRedis } from '../../../src/adapters/bullmq/jobs.js';
import { keysOf } from '../../../src/adapters/redis/keys.js';
import { LogScene } from '../../contract/generation-log/scene.js';
import { describeGenerationLog } from '../../contract/generation-log.js';
import { describeJobQueue, job, Seen } from '../../contract/job-queue.js';
import { describeDoorbell } from '../../contract/notifier.js';
import { ManualClock } from '../../doubles/manual-clock.js';
import { Moment } from '../../support/moment.js';
import type { RedisServer } from '../../support/redis.js';
import { type RedisClusterServers, startRedisCluster } from '../../support/redis-cluster.js';
import { RedisDisaster } from '../../support/redis-disaster.js';
import { nextEvent, RedisProcess } from '../../support/redis-process.js';
import { SILENT } from '../../support/silent-log.js';

describe('a Redis Cluster', () => {
  const clock = new ManualClock();
  let servers: RedisClusterServers;
  let here: RedisProcess;
  let there: RedisProcess;

  beforeAll(async () => {
    servers = await startRedisCluster();
    here = new RedisProcess(servers.url, clock);
    there = new RedisProcess(servers.url, clock);
    await Promise.all([here, there].map(({ redis }) => nextEvent(redis.pubsub, 'ready')));
  });

  afterAll(async () => {
    await Promise.all([here.stop(), there.stop()]);
    await servers.stop();
  });

  describe('as a generation log', () => {
    describeGenerationLog(
      () => here.subject(there),
      () => new RedisDisaster(here.redis.writes),
    );
  });

  describe('as a notifier', () => {
    describeDoorbell(() => ({ notifier: here.notifier, elsewhere: there.notifier }));
  });

  describe('as a job queue', () => {
    describeJobQueue(() => jobsOnRedis(servers.url, SILENT));
  });

  /** A scene on that master, or on any. */
  async function sceneAt(wanted?: RedisServer): Promise<{ scene: LogScene; master: RedisServer }> {
    for (;;) {
      const scene = new LogScene(here.subject(there));
      const master = await servers.masterOf(keysOf(scene.ref)[0]);
      if (!wanted || master === wanted) return { scene, master };
    }
  }

  it('takes the batch of a worker of which a part has moved to another node', async () => {
    const scenes = Array.from({ length: 40 }, () => new LogScene(here.subject()));
    const writers = await Promise.all(scenes.map((scene) => scene.write(1, 0)));
    const [moved] = scenes as [LogScene];
    await servers.move(keysOf(moved.ref));
    const written = await Promise.all(writers.map((writer) => writer.append(0, 'text')));
    expect(written).toEqual(writers.map(() => ({ kind: 'written', position: 4 })));
    expect((await there.log.peek(moved.ref))?.text).toBe('text');
  });

  it('hands out jobs again when the master of the queue has died', async () => {
    const [gateway, worker] = [
      await jobsOnRedis(servers.url, SILENT),
      await jobsOnRedis(servers.url, SILENT),
    ];
    const seen = new Seen();
    await worker.source.start(1, seen.run);
    await gateway.queue.add(job(1));
    await seen.atLeast(1);
    const master = await servers.masterOf('{veda}');
    await master.kill();
    const added = () =>
      gateway.queue.add(job(2)).then(
        () => true,
        () => false,
      );
    while (!(await added()));
    await seen.atLeast(2);
    await Promise.all([gateway.close(), worker.close()]);
    await servers.revive(master);
  });

  it('goes on when the master of a log and the node that is listened to die', async () => {
    const listenedTo = servers.serverAt(there.redis.pubsub.options.port);
    // Two dead masters of three would be no majority.
    const { scene, master } = await sceneAt((await servers.isMaster(listenedTo)) ? listenedTo : undefined);
    const writer = await scene.write(1, 0, 'text');
    const reader = scene.read(undefined, there.log);
    await reader.untilText('text');
    const rung = new Moment();
    const unsubscribe = await there.notifier.subscribe('stops', rung.happen);
    await Promise.all([...new Set([master, listenedTo])].map((server) => server.kill()));
    await rung.come;
    unsubscribe();
    let written = await writer.append(4, ' and more');
    if (written.kind === 'lost') {
      // It had not come to the replica: what a worker does then.
      await writer.restore({ text: 'text', attempts: [{ attempt: 1, start: 0 }] });
      written = await writer.append(4, ' and more');
    }
    expect(written).toEqual({ kind: 'written', position: 13 });
    await reader.untilText('text and more');
    expect(reader.resets).toBe(0);
    await scene.end();
  });

  it('can be left while it is away', async () => {
    const jobs = await jobsOnRedis(servers.url, SILENT);
    await jobs.source.start(1, async () => {});
    await servers.killAll();
    const waiting = expect(
      here.log.open({ conversationId: 'c', messageId: 'm', seq: 1 }, 1),
    ).rejects.toThrow();
    await Promise.all([here.stop(), jobs.close()]);
    await waiting;
  });
});
