import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from '../src/protocol/frames.js';
import { type Level, type Measured, play, type Source, together } from './load.js';
import { spreadOf } from './quantiles.js';
import { type Stage, script } from './stage.js';
import { printTable } from './table.js';

const TOKENS_PER_SECOND = 30;
const QUESTION = 'What helps against a headache?';

/** Answers last longer than the ramp: in between, all streams are open. Many streams need fewer rounds. */
const LEVELS: readonly (Level & { rounds: number })[] = [
  { streams: 1, tokens: 45, tokensPerSecond: TOKENS_PER_SECOND, rampMs: 0, rounds: 8 },
  { streams: 100, tokens: 150, tokensPerSecond: TOKENS_PER_SECOND, rampMs: 2000, rounds: 3 },
  { streams: 500, tokens: 600, tokensPerSecond: TOKENS_PER_SECOND, rampMs: 15_000, rounds: 1 },
];
const WARM_UP: Level = { streams: 50, tokens: 60, tokensPerSecond: TOKENS_PER_SECOND, rampMs: 1000 };

interface Compared {
  readonly streams: number;
  readonly direct: Measured;
  readonly gateway: Measured;
}

/**
 * What the gateway adds to the first token and to each token, over calling the model's server directly: the same load,
 * now this way, now that, so that what else the machine does falls on both.
 */
export async function delivery(stage: Stage, streams: readonly number[]): Promise<void> {
  const all: Compared[] = [];
  await compare(stage, WARM_UP, 1);
  for (const level of LEVELS.filter((level) => streams.includes(level.streams))) {
    console.log(`streams at once: ${level.streams}; rounds each way: ${level.rounds} …`);
    all.push(await compare(stage, level, level.rounds));
  }
  printSpread('Time to first token (ms)', all, ({ firstMs }) => firstMs);
  printSpread(
    'Delay of a token, from the model server’s write to the client (ms)',
    all,
    ({ delayMs }) => delayMs,
  );
  printCpu(all);
}

async function compare(stage: Stage, level: Level, rounds: number): Promise<Compared> {
  const { tokens, tokensPerSecond } = level;
  await script(stage, { stamped: true, tokenCount: tokens, tokensPerSecond }, 'all');
  const direct: Measured[] = [];
  const gateway: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    direct.push(await play(level, await directly(stage, level), stage.pids));
    gateway.push(await play(level, await throughGateway(stage, level), stage.pids));
  }
  return { streams: level.streams, direct: together(direct), gateway: together(gateway) };
}

/** As the worker asks: the same prompt, and the answer as lines of JSON. */
async function directly({ ollama }: Stage, { streams }: Level): Promise<Source> {
  const path = join(import.meta.dirname, '../src/generation/system-prompt.md');
  const messages = [
    { role: 'system', content: await readFile(path, 'utf8') },
    { role: 'user', content: QUESTION },
  ];
  const body = { model: 'llama3.2', messages, stream: true };
  return {
    calls: Array.from({ length: streams }, () => ({
      method: 'POST',
      url: `${ollama}/api/chat`,
      headers: {},
      body,
    })),
    textIn: (line) =>
      line === '' ? '' : (JSON.parse(line) as { message: { content: string } }).message.content,
  };
}

/** Send-and-stream, each stream in a conversation of its own. */
async function throughGateway({ gateway, person }: Stage, { streams }: Level): Promise<Source> {
  const conversations: string[] = [];
  while (conversations.length < streams) {
    const missing = Math.min(20, streams - conversations.length);
    conversations.push(
      ...(await Promise.all(Array.from({ length: missing }, () => person.newConversation()))),
    );
  }
  const headers = { Accept: 'text/event-stream', Authorization: `Bearer ${person.token}` };
  return {
    calls: conversations.map((id) => ({
      method: 'POST',
      url: `${gateway}/api/conversations/${id}/messages`,
      headers,
      body: { text: QUESTION },
    })),
    textIn: (line) => {
      if (!line.startsWith('data: ')) return '';
      const frame = JSON.parse(line.slice('data: '.length)) as Frame;
      if (frame.type === 'error') throw new Error(`the gateway said ${frame.code}`);
      return frame.type === 'chunk' ? frame.data : '';
    },
  };
}

function printSpread(title: string, all: readonly Compared[], of: (measured: Measured) => number[]): void {
  const rows = all.flatMap(({ streams, direct, gateway }) => {
    const [without, through] = [spreadOf(of(direct)), spreadOf(of(gateway))];
    return [
      [`${streams}, direct`, without.p50, without.p95, without.p99, of(direct).length],
      [`${streams}, gateway`, through.p50, through.p95, through.p99, of(gateway).length],
      [
        `${streams}, added`,
        through.p50 - without.p50,
        through.p95 - without.p95,
        through.p99 - without.p99,
        '',
      ],
    ];
  });
  printTable(title, ['streams', 'p50', 'p95', 'p99', 'samples'], rows);
}

function printCpu(all: readonly Compared[]): void {
  const names = Object.keys(all[0]?.gateway.cpuMs ?? {});
  const rows = all.flatMap(({ streams, direct, gateway }) =>
    [['direct', direct] as const, ['gateway', gateway] as const].map(([way, measured]) => [
      `${streams}, ${way}`,
      ...names.map((name) => ((measured.cpuMs[name] ?? 0) * 1000) / measured.delayMs.length),
      `${Math.round(measured.busy * 100)} %`,
    ]),
  );
  printTable(
    'CPU time a delivered token (µs), and how busy the machine was',
    ['streams', ...names, 'machine'],
    rows,
  );
}
