import type { Frame } from '../src/protocol/frames.js';
import { MIDDLE, TEXT, TOKENS } from './answer.js';
import { type Cost, costOf } from './cost.js';
import { readLines } from './lines.js';
import { type Stage, script } from './stage.js';
import { printTable } from './table.js';

const RUNS = 200;
const STALL = { fault: 'stall', after: TOKENS.length } as const;

/** The same over HTTP, from the request to the last byte of text: while the answer is written, and when it has ended. */
export async function resumeOverSse(stage: Stage): Promise<void> {
  const { person, redis } = stage;
  // The answer comes at once and then stands still, so that it is running while it is read.
  await script(
    stage,
    { text: TOKENS, tokenCount: TOKENS.length, stamped: false, tokensPerSecond: 0, ...STALL },
    'next',
  );
  const conversation = await person.newConversation();
  const { cursor, message } = (await person.send(conversation, 'What helps?')).body as {
    cursor: string;
    message: { id: string };
  };
  await resumed(stage, conversation, cursor, TEXT.length);

  const middle = `1.1.${MIDDLE.byte}`;
  const half = TEXT.length - MIDDLE.byte;
  const places = [['start', cursor, TEXT.length] as const, ['middle', middle, half] as const];
  const rows: [string, Cost, Resumed][] = [];
  const measure = async (state: string): Promise<void> => {
    for (const [place, from, bytes] of places) {
      const once = await resumed(stage, conversation, from, bytes);
      const cost = await costOf(redis, RUNS, () => resumed(stage, conversation, from, bytes));
      rows.push([`${place}, ${state}`, cost, once]);
    }
  };
  await measure('running');
  await person.call('POST', `/api/conversations/${conversation}/messages/${message.id}/stop`);
  for await (const { frame } of person.stream(conversation, { query: `?cursor=${cursor}&until=done` })) {
    if (frame.type === 'done') break;
  }
  await measure('ended');
  printTable(
    'Resuming the same answer over SSE, through the gateway',
    ['from', 'p50 (ms)', 'p95 (ms)', 'bytes from Redis', 'Redis commands', 'bytes to the client', 'chunks'],
    rows.map(([place, { p50, p95, bytes, commands }, { sent, chunks }]) => [
      place,
      p50,
      p95,
      bytes,
      commands,
      sent,
      chunks,
    ]),
  );
}

interface Resumed {
  /** Of the body, up to the last chunk that was wanted. */
  readonly sent: number;
  readonly chunks: number;
}

/** Opens a stream at `cursor`, and leaves when so many bytes of text have come. */
async function resumed(
  { gateway, person }: Stage,
  conversation: string,
  cursor: string,
  bytes: number,
): Promise<Resumed> {
  const url = `${gateway}/api/conversations/${conversation}/stream?cursor=${cursor}`;
  const headers = { Accept: 'text/event-stream', Authorization: `Bearer ${person.token}` };
  let sent = 0;
  let chunks = 0;
  let received = 0;
  await readLines({ method: 'GET', url, headers }, (line) => {
    sent += Buffer.byteLength(line) + 1;
    if (!line.startsWith('data: ')) return undefined;
    const frame = JSON.parse(line.slice('data: '.length)) as Frame;
    if (frame.type === 'chunk') {
      chunks += 1;
      received += Buffer.byteLength(frame.data);
    }
    return received >= bytes ? 'enough' : undefined;
  });
  if (received < bytes) throw new Error('the stream ended before the text did');
  return { sent, chunks };
}
