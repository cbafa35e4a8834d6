import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Person } from '../../test/support/client.js';
import { TEXT, TOKENS } from '../load/answer.js';
import { type Call, readLines } from '../load/lines.js';
import { rounds } from '../load/rounds.js';
import { quantile, slope, sum } from '../report/quantiles.js';
import type { Figure, Target } from '../report/report.js';
import type { GatewaySystem } from '../systems/gateway.js';
import { QUESTION } from '../systems/gateway-clients.js';
import type { Contestants, Row } from './row.js';
import { levelOf } from './token.js';

const STREAMS = [50, 100, 200, 400] as const;
/** Tokens of the answer that is resumed. */
const LENGTHS = [40, 400, 4000] as const;
/** Answers of others that run beside a resume. */
const OTHERS = [10, 40, 160] as const;
/** Messages of the conversation, or conversations of the user. */
const SIZES = [10, 100, 1000, 10_000] as const;
const RUNS = 200;

/** The median of what is measured at a size, for each round. */
type Curve = Map<number, number[]>;

/** B8: how costs grow. Each is measured at several sizes; the slope of a line through them, both logarithmic, is the figure. */
export const growth: Row = async (contestants) => {
  const curves = [
    { at: 'streams', what: 'CPU a token (µs)', atMost: 0.05, curve: await tokenByStreams(contestants) },
    { at: 'tokens of the answer', what: 'resume, first text (ms)', atMost: 0.3, curve: new Map() as Curve },
    { at: 'other answers', what: 'resume, first text (ms)', atMost: 0.3, curve: new Map() as Curve },
    { at: 'messages of the conversation', what: 'send (ms)', atMost: 0.02, curve: new Map() as Curve },
    { at: 'conversations of the user', what: 'send (ms)', atMost: 0.02, curve: new Map() as Curve },
  ];
  const [, lengths, others, messages, conversations] = curves.map(({ curve }) => curve);
  for (let round = 0; round < contestants.rounds; round += 1) {
    const system = await contestants.ours.start();
    try {
      for (const length of LENGTHS) add(lengths, length, await resumeOf(contestants, system, length));
      await contestants.servers.script({ stamped: true, tokenCount: 3, tokensPerSecond: 0 });
      for (const size of SIZES) {
        add(messages, size, await sendTo(system, { messages: size, conversations: 1 }));
        add(conversations, size, await sendTo(system, { messages: 10, conversations: size }));
      }
      for (const count of OTHERS) add(others, count, await resumeBeside(contestants, system, count));
    } finally {
      await system.stop();
    }
  }
  const figures: Figure[] = [];
  const targets: Target[] = [];
  for (const { at, what, atMost, curve } of curves) {
    for (const [size, values] of curve) figures.push({ system: 'ours', at: `${size} ${at}`, what, values });
    const rounds = Math.max(...[...curve.values()].map((values) => values.length));
    const slopes = Array.from({ length: rounds }, (_, round) =>
      slope([...curve].map(([size, values]) => [size, values[round] ?? Number.NaN])),
    );
    figures.push({ system: 'ours', at, what: `${what}, slope`, values: slopes });
    targets.push({ at, what: `${what}, slope`, system: 'ours', atMost });
  }
  return { row: 'B8', title: 'growth', figures, targets };
};

function add(curve: Curve | undefined, size: number, value: number): void {
  curve?.set(size, [...(curve.get(size) ?? []), value]);
}

async function tokenByStreams({ servers, ours, rounds: count }: Contestants): Promise<Curve> {
  const curve: Curve = new Map();
  for (const streams of STREAMS) {
    const measured = await rounds(servers, [ours], count, levelOf(streams), 'sse');
    for (const { cpuMs, due } of [...measured.values()].flat()) {
      const { gateway = 0, worker = 0, redis = 0 } = cpuMs;
      add(curve, streams, (sum([gateway, worker, redis]) * 1000) / due);
    }
  }
  return curve;
}

/** From the request to the first text, of an answer of `length` tokens that still runs, resumed 40 tokens before its end. */
async function resumeOf({ servers }: Contestants, system: GatewaySystem, length: number): Promise<number> {
  const text = TOKENS.slice(0, length);
  await servers.script({ text, tokenCount: length, tokensPerSecond: 0, fault: 'stall', after: length });
  const [token = ''] = await system.tokens(1);
  const person = new Person(system.url, token);
  const conversation = await person.newConversation();
  const { cursor } = (await person.send(conversation, QUESTION)).body as { cursor: string };
  const url = `${system.url}/api/conversations/${conversation}/stream?cursor=`;
  const bytes = text.join('').length;
  const from = await cursorAt(call(url + cursor, token), bytes, TOKENS.slice(0, length - 40).join('').length);
  return timed(() => readText(call(url + from, token), 1));
}

/** The same for 400 tokens, while others run at 30 tokens a second. */
async function resumeBeside(
  contestants: Contestants,
  system: GatewaySystem,
  others: number,
): Promise<number> {
  const { servers } = contestants;
  await servers.script({ stamped: true, tokenCount: 3000, tokensPerSecond: 30 });
  const running = await Promise.all(
    (await system.tokens(others)).map(async (token) => {
      const person = new Person(system.url, token);
      const id = await person.newConversation();
      const { message } = (await person.send(id, QUESTION)).body as { message: { id: string } };
      return () => person.call('POST', `/api/conversations/${id}/messages/${message.id}/stop`);
    }),
  );
  const median = await resumeOf(contestants, system, 400);
  await Promise.all(running.map((stop) => stop()));
  return median;
}

/** Reads all text and returns the cursor of the first piece that ends at `position` or after it. */
async function cursorAt(from: Call, bytes: number, position: number): Promise<string> {
  const pieces = await readText(from, bytes);
  const [seq, attempt] = (pieces.at(-1)?.cursor ?? '').split('.');
  return `${seq}.${attempt}.${position}`;
}

/** Reads until `bytes` of the answer's text have come, and checks them. */
async function readText(from: Call, bytes: number): Promise<{ readonly cursor: string }[]> {
  const pieces: { readonly cursor: string }[] = [];
  let text = '';
  await readLines(from, (line) => {
    if (!line.startsWith('data: ')) return undefined;
    const frame = JSON.parse(line.slice(6)) as { type: string; data: string; cursor: string };
    if (frame.type !== 'chunk') return undefined;
    text += frame.data;
    pieces.push(frame);
    return text.length >= bytes ? 'enough' : undefined;
  });
  if (!TEXT.includes(text)) throw new Error('what was resumed is not the answer');
  return pieces;
}

/** A send, in a conversation and by a user of these sizes, until it has been accepted. */
async function sendTo(
  system: GatewaySystem,
  size: { readonly messages: number; readonly conversations: number },
): Promise<number> {
  const [token = ''] = await system.tokens(1);
  const person = new Person(system.url, token);
  const conversation = await person.newConversation();
  await fill(system.databaseUrl, conversation, size);
  return timed(async () => {
    const { status } = await person.send(conversation, QUESTION);
    if (status !== 202) throw new Error(`a send got ${status}`);
  });
}

/** Gives a conversation so many messages, all answered, and its user so many conversations. */
async function fill(
  databaseUrl: string,
  conversation: string,
  { messages, conversations }: { readonly messages: number; readonly conversations: number },
): Promise<void> {
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    await client.query(
      `insert into conversations (id, user_id)
       select gen_random_uuid(), user_id from conversations, generate_series(2, $2) where id = $1`,
      [conversation, conversations],
    );
    const pairs = Math.ceil(messages / 2);
    const values = [conversation, pairs, `filled ${randomUUID()} `];
    await client.query(
      `with question as (
         insert into messages (id, conversation_id, seq, role, content)
         select gen_random_uuid(), $1, seq, 'user', 'What helps?' from generate_series(1, $2) seq returning id, seq
       ), answer as (
         insert into messages (id, conversation_id, seq, role, content, reply_to)
         select gen_random_uuid(), $1, seq, 'assistant', 'Water helps.', id from question returning id, seq
       )
       insert into generations (id, conversation_id, seq, client_message_id, request_hash, status, ended_at, bytes)
       select id, $1, seq, $3 || seq, '', 'complete', now(), 12 from answer`,
      values,
    );
    await client.query('update conversations set last_seq = $2 where id = $1', [conversation, pairs]);
  } finally {
    await client.end();
  }
}

function call(url: string, token: string): Call {
  return { method: 'GET', url, headers: { Authorization: `Bearer ${token}` } };
}

/** The median, in ms. */
async function timed(act: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const began = performance.now();
    await act();
    all.push(performance.now() - began);
  }
  return quantile(all, 0.5);
}
