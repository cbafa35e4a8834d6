import { join } from 'node:path';
import { Person } from '../../test/support/client.js';
import { startRedis } from '../../test/support/redis.js';
import { TEXT, TOKENS } from '../load/answer.js';
import { cpuMs } from '../load/cpu.js';
import { type Call, readLines } from '../load/lines.js';
import { quantile, sum } from '../report/quantiles.js';
import type { Figure, Target } from '../report/report.js';
import { QUESTION } from '../systems/gateway-clients.js';
import { startProcess } from '../systems/process.js';
import type { Contestants, Row } from './row.js';

const ALONE_RUNS = 200;
const CROWD = 2000;

interface Resumable {
  readonly name: string;
  readonly pids: readonly number[];
  readonly call: Call;
  stop(): Promise<void>;
}

/** B4: resuming an answer of 4,000 tokens that is still being written, from its start: alone, and 2,000 clients at once. */
export const resume: Row = async (contestants) => {
  const measured = new Map<string, { alone: number[]; crowd: number[]; cpu: number[] }>();
  for (let round = 0; round < contestants.rounds; round += 1) {
    for (const start of [startPeers('/xrange'), startPeers('/resumable'), startOurs(contestants)]) {
      const resumable = await start();
      try {
        const figures = measured.get(resumable.name) ?? { alone: [], crowd: [], cpu: [] };
        measured.set(resumable.name, figures);
        const alone: number[] = [];
        for (let run = 0; run < ALONE_RUNS; run += 1) alone.push(await timed(() => read(resumable.call)));
        figures.alone.push(quantile(alone, 0.5));
        const before = used(resumable);
        figures.crowd.push(
          await timed(() => Promise.all(Array.from({ length: CROWD }, () => read(resumable.call)))),
        );
        figures.cpu.push((used(resumable) - before) / CROWD);
      } finally {
        await resumable.stop();
      }
    }
  }
  const figures: Figure[] = [...measured].flatMap(([system, { alone, crowd, cpu }]) => [
    { system, at: 'alone', what: 'resume p50 (ms)', values: alone },
    { system, at: '2,000 at once', what: 'until all have resumed (ms)', values: crowd },
    { system, at: '2,000 at once', what: 'CPU a resume (ms)', values: cpu },
  ]);
  const targets: Target[] = [];
  for (const { at, what } of figures.filter(({ system }) => system === 'ours')) {
    targets.push({ at, what, system: 'ours', against: 'resumable', atMost: 1 });
    targets.push({ at, what, system: 'ours', against: 'xrange', atMost: 0.1 });
  }
  return { row: 'B4', title: 'resuming 4,000 tokens', figures, targets };
};

function startPeers(path: '/xrange' | '/resumable'): () => Promise<Resumable> {
  return async () => {
    const redis = await startRedis();
    const peer = join(import.meta.dirname, '../systems/peers/resume.ts');
    const server = await startProcess(['--import', 'tsx', peer], {
      cwd: process.cwd(),
      env: { REDIS_URL: redis.url },
      readyMessage: 'ready',
    });
    return {
      name: path.slice(1),
      pids: [server.pid, redis.pid],
      call: { method: 'GET', url: `http://127.0.0.1:${String(server.ready['port'])}${path}`, headers: {} },
      stop: async () => {
        await server.stop();
        await redis.stop();
      },
    };
  };
}

function startOurs({ ours, servers }: Contestants): () => Promise<Resumable> {
  return async () => {
    const system = await ours.start();
    // All tokens come at once, then the model stalls: the answer is running while it is read.
    await servers.script({
      text: TOKENS,
      tokenCount: TOKENS.length,
      tokensPerSecond: 0,
      fault: 'stall',
      after: TOKENS.length,
    });
    const [token = ''] = await system.tokens(1);
    const person = new Person(system.url, token);
    const conversation = await person.newConversation();
    const { cursor } = (await person.send(conversation, QUESTION)).body as { cursor: string };
    const headers = { Authorization: `Bearer ${token}` };
    const url = `${system.url}/api/conversations/${conversation}/stream?cursor=${cursor}`;
    const { gateway = 0, redis = 0 } = system.pids;
    return {
      name: 'ours',
      pids: [gateway, redis],
      call: { method: 'GET', url, headers },
      stop: () => system.stop(),
    };
  };
}

/** Reads until the whole text has come, and leaves. @throws when it is not the text. */
async function read(call: Call): Promise<void> {
  let text = '';
  await readLines(call, (line) => {
    if (!line.startsWith('data: ')) return undefined;
    const { type, data } = JSON.parse(line.slice(6)) as { type: string; data: string };
    if (type === 'chunk') text += data;
    return text.length >= TEXT.length ? 'enough' : undefined;
  });
  if (text !== TEXT) throw new Error('what was resumed is not the answer');
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

function used({ pids }: Resumable): number {
  return sum(pids.map(cpuMs));
}
