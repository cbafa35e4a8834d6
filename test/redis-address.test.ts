import { parseRedisAddress } from '../src/redis-address.js';

const NOBODY = { credentials: {}, tls: false };

describe('the address of Redis', () => {
  it.each(['redis://localhost', 'rediss://:secret@redis.example.org:6380/3?family=6'])(
    'is that of one server: %s',
    (url) => {
      expect(parseRedisAddress(url)).toEqual({ kind: 'single', url });
    },
  );

  it('is that of sentinels, and the name of their master', () => {
    expect(parseRedisAddress('redis+sentinel://a:1,[::1]:2,c/mymaster')).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
        { host: 'c', port: 26_379 },
      ],
      master: 'mymaster',
      database: 0,
      sentinelCredentials: {},
      ...NOBODY,
    });
    const all = 'rediss+sentinel://us%40er:p%3Aw:d@a/my-master/2?sentinel_username=u&sentinel_password=p%26';
    expect(parseRedisAddress(all)).toEqual({
      kind: 'sentinel',
      sentinels: [{ host: 'a', port: 26_379 }],
      master: 'my-master',
      database: 2,
      credentials: { username: 'us@er', password: 'p:w:d' },
      sentinelCredentials: { username: 'u', password: 'p&' },
      tls: true,
    });
  });

  it('is that of some nodes of a cluster', () => {
    expect(parseRedisAddress('redis+cluster://10.0.0.1:7000,10.0.0.2')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: '10.0.0.1', port: 7000 },
        { host: '10.0.0.2', port: 6379 },
      ],
      ...NOBODY,
    });
    expect(parseRedisAddress('rediss+cluster://:secret@a/0')).toMatchObject({
      nodes: [{ host: 'a', port: 6379 }],
      credentials: { password: 'secret' },
      tls: true,
    });
  });

  it.each([
    'redis',
    'http://localhost',
    'redis+sentinel://a:26379',
    'redis+sentinel://a:26379/',
    'redis+sentinel://a/mymaster/x',
    'redis+sentinel://a/mymaster/0/1',
    'redis+sentinel://a/mymaster?password=x',
    'redis+sentinel://a,,b/mymaster',
    'redis+sentinel://a:99999/mymaster',
    'redis+sentinel://%@a/mymaster',
    'redis+cluster://',
    'redis+cluster://a/1',
    'redis+cluster://a?x=y',
    'redis+cluster://a:b@c@d',
  ])('is not %s', (text) => {
    expect(parseRedisAddress(text)).toBeUndefined();
  });
});
