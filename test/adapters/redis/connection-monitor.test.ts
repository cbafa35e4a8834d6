import { Redis } from 'ioredis';
import { connectRedis } from '../../../src/adapters/redis/connect.js';
import type { ConnectionChange } from '../../../src/adapters/redis/connection-monitor.js';
import { Heartbeat } from '../../../src/adapters/redis/heartbeat.js';
import { Moment } from '../../support/moment.js';
import { type RedisServer, startRedis } from '../../support/redis.js';
import { nextEvent } from '../../support/redis-process.js';

let server: RedisServer;

beforeEach(async () => {
  server = await startRedis();
});
afterEach(() => server.stop());

test('a Redis that is away is told of once, and once when it is back, however many tries there were', async () => {
  const changes: ConnectionChange[] = [];
  const back = new Moment();
  const redis = connectRedis(server.url, (change) => {
    changes.push(change);
    if (change.kind === 'back') back.happen();
  });
  await Promise.all([redis.writes, redis.reads, redis.pubsub].map((client) => nextEvent(client, 'ready')));
  await server.kill();
  // Six tries at the least, two of each connection.
  for (let tries = 0; tries < 2; tries++) {
    await Promise.all([redis.writes, redis.reads, redis.pubsub].map((client) => nextEvent(client, 'close')));
  }
  await server.restart();
  await back.come;
  await redis.close();
  expect(changes.map(({ kind }) => kind)).toEqual(['lost', 'back']);
});

test('a server that is a replica now is left, by who reads and by who listens', async () => {
  const [reads, pubsub, admin] = [new Redis(server.url), new Redis(server.url), new Redis(server.url)];
  await Promise.all([reads, pubsub, admin].map((client) => nextEvent(client, 'ready')));
  const heartbeat = new Heartbeat(reads, reads, pubsub, 10);
  const left = Promise.all([reads, pubsub].map((client) => nextEvent(client, 'close')));
  await admin.replicaof('127.0.0.1', 1);
  await left;
  heartbeat.stop();
  for (const client of [reads, pubsub, admin]) client.disconnect();
});

test('a connection that only listens is left when nothing answers over it', async () => {
  const [reads, pubsub] = [new Redis(server.url), new Redis(server.url, { socketTimeout: 50 })];
  await Promise.all([reads, pubsub].map((client) => nextEvent(client, 'ready')));
  pubsub.on('error', () => {});
  const heartbeat = new Heartbeat(reads, reads, pubsub, 10);
  server.freeze();
  await nextEvent(pubsub, 'close');
  server.thaw();
  heartbeat.stop();
  for (const client of [reads, pubsub]) client.disconnect();
});
