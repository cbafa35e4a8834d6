import { setTimeout as sleep } from 'node:timers/promises';
import { spreadOf } from './quantiles.js';
import { type Stage, script } from './stage.js';
import { printTable } from './table.js';

const ANSWERS = 100;
/** How many are stopped at once. */
const AT_ONCE = 5;

interface Request {
  readonly body: { readonly messages?: readonly { readonly content: string }[] };
  readonly disconnectedAt?: number;
}

/**
 * From asking the gateway to stop until the worker, another process, has ended its request at the model, and until a
 * viewer is told the end.
 */
export async function stop(stage: Stage): Promise<void> {
  const { ollama, person } = stage;
  await script(stage, { text: 'word '.repeat(5000), tokensPerSecond: 30, stamped: false }, 'all');
  await fetch(`${ollama}/__double/requests`, { method: 'DELETE' });
  const askedAt = new Map<string, number>();
  const told: number[] = [];

  async function stopOne(text: string): Promise<void> {
    const conversation = await person.newConversation();
    let asked: Promise<unknown> | undefined;
    for await (const { frame } of person.sendAndStream(conversation, text)) {
      if (frame.type === 'chunk' && !asked) {
        askedAt.set(text, now());
        asked = person.call('POST', `/api/conversations/${conversation}/messages/${frame.messageId}/stop`);
      }
      if (frame.type === 'done') told.push(now() - (askedAt.get(text) ?? Number.NaN));
    }
    await asked;
  }

  for (let at = 0; at < ANSWERS; at += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => stopOne(`stop ${at + index}`)));
  }
  const aborted = (await disconnected(ollama)).map(
    ({ body, disconnectedAt }) =>
      (disconnectedAt ?? Number.NaN) - (askedAt.get(body.messages?.at(-1)?.content ?? '') ?? Number.NaN),
  );
  const row = (name: string, values: readonly number[]): (string | number)[] => {
    const { p50, p95, p99 } = spreadOf(values);
    return [name, values.length, p50, p95, p99];
  };
  printTable(
    'Stopping an answer, from the request to …',
    ['', 'answers', 'p50 (ms)', 'p95 (ms)', 'p99 (ms)'],
    [row('the model is no longer asked', aborted), row('a viewer is told the end', told)],
  );
}

/** The requests that the worker broke off, once the double has noticed all of them. */
async function disconnected(ollama: string): Promise<Request[]> {
  for (;;) {
    const answer = await fetch(`${ollama}/__double/requests`);
    const { requests } = (await answer.json()) as { requests: Request[] };
    const ended = requests.filter(({ disconnectedAt }) => disconnectedAt !== undefined);
    if (ended.length === ANSWERS) return ended;
    await sleep(50);
  }
}

/** The clock of the double, another process on this machine. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
