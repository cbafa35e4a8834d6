import { Redis } from 'ioredis';
import { connectRedis } from '../src/adapters/redis/connect.js';
import { RedisGenerationLog } from '../src/adapters/redis/log.js';
import { Subscriber } from '../src/adapters/redis/subscriber.js';
import { SystemClock } from '../src/adapters/system-clock.js';
import type { GenerationRef } from '../src/generation/generation-log.js';
import type { Cursor } from '../src/protocol/cursor.js';
import { MIDDLE, TEXT, TOKENS } from './answer.js';
import { type Cost, costOf } from './cost.js';
import type { Stage } from './stage.js';
import { printTable } from './table.js';

const RUNS = 200;
const REF: GenerationRef = { conversationId: 'bench', messageId: 'answer', seq: 1 };
const STREAM = 'stream of tokens';

/**
 * Our log, an answer that is still being written, against a Redis Stream with an entry a token: each in turn, over the
 * same client and server. The stream's reader is given its best case: it does not listen for what comes next.
 */
export async function resumeFromRedis({ quietRedisUrl }: Stage): Promise<void> {
  const redis = new Redis(quietRedisUrl);
  const connections = connectRedis(quietRedisUrl, () => {});
  try {
    const log = new RedisGenerationLog({
      redis: connections,
      subscriber: new Subscriber(connections.pubsub),
      clock: new SystemClock(),
      retentionSeconds: 600,
      liveSeconds: 600,
    });
    await writeLog(log);
    const ids = await writeStream(redis);
    const cost = (act: () => Promise<string>, expected: string): Promise<Cost> =>
      costOf(redis, RUNS, async () => {
        if ((await act()) !== expected) throw new Error('what was read is not what was written');
      });
    const half = TEXT.slice(MIDDLE.byte);
    const [from, middle] = [
      { seq: 1, attempt: 0, position: 1 },
      { seq: 1, attempt: 1, position: MIDDLE.byte },
    ];
    const rows = [
      [
        'start',
        await cost(() => readStream(redis, '-'), TEXT),
        await cost(() => readLog(log, from, TEXT), TEXT),
      ],
      [
        'middle',
        await cost(() => readStream(redis, `(${ids[MIDDLE.token - 1]}`), half),
        await cost(() => readLog(log, middle, half), half),
      ],
    ] as const;
    printCosts(rows);
  } finally {
    await connections.close();
    redis.disconnect();
  }
}

async function writeLog(log: RedisGenerationLog): Promise<void> {
  const opened = await log.open(REF, 1);
  if (opened.kind !== 'opened') throw new Error('the log is not open');
  await opened.writer.begin(0);
  let position = 0;
  for (const token of TOKENS) {
    await opened.writer.append(position, token);
    position += token.length;
  }
}

async function writeStream(redis: Redis): Promise<string[]> {
  const ids: string[] = [];
  for (const token of TOKENS) ids.push(String(await redis.xadd(STREAM, '*', 'data', token)));
  return ids;
}

async function readLog(log: RedisGenerationLog, from: Cursor, expected: string): Promise<string> {
  let text = '';
  for await (const read of log.read(REF, from, new AbortController().signal)) {
    if (read.kind === 'text') text += read.text;
    if (text.length >= expected.length) break;
  }
  return text;
}

async function readStream(redis: Redis, from: string): Promise<string> {
  const entries = await redis.xrange(STREAM, from, '+');
  return entries.map(([, [, token]]) => token).join('');
}

function printCosts(rows: readonly (readonly [place: string, stream: Cost, log: Cost])[]): void {
  const fields = ['p50', 'p95', 'bytes', 'commands'] as const;
  printTable(
    'Resuming an answer of 4,000 tokens (29,000 bytes) from Redis',
    ['from', 'p50 (ms)', 'p95 (ms)', 'bytes from Redis', 'Redis commands'],
    rows.flatMap(([place, stream, log]) => [
      [`${place}, a stream entry a token`, ...fields.map((field) => stream[field])],
      [`${place}, our log`, ...fields.map((field) => log[field])],
      [`${place}, ratio`, ...fields.map((field) => stream[field] / log[field])],
    ]),
  );
}
