import { inspect } from 'node:util';
import { connectRedis } from '../../../src/adapters/redis/connect.js';
import { type RedisServer, startRedis } from '../../support/redis.js';

describe('connections to Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis({ args: ['--requirepass', 'secret'] });
  });
  afterAll(() => server.stop());

  it('give a password, and are closed when that is said', async () => {
    const redis = connectRedis(server.url.replace('//', '//:secret@'), () => {});
    expect(await Promise.all([redis.writes.ping(), redis.reads.ping()])).toEqual(['PONG', 'PONG']);
    await redis.close();
    await expect(redis.writes.ping()).rejects.toThrow('closed');
    await redis.close();
  });

  it('say that they were refused, and not with which password', async () => {
    let redis: ReturnType<typeof connectRedis> | undefined;
    const error = await new Promise<Error>((resolve) => {
      redis = connectRedis(server.url.replace('//', '//:false-password@'), (change) => {
        if (change.kind === 'lost' && change.error) resolve(change.error);
      });
    });
    expect(error.message).toContain('WRONGPASS');
    expect(inspect(error, { depth: 9 })).not.toContain('false-password');
    await redis?.close();
  });
});
