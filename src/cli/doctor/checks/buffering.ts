import type { Check, UserContext } from '../check.js';
import { type EventStream, openEventStream } from '../event-stream.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import { codeOf } from '../gateway.js';
import { bearer } from '../session.js';

/** The first event is sent at once: if it has not come by now, something holds it back. In ms. */
const FIRST_EVENT_MS = 3000;
/** How long a stream may take that ends with the answer to a short message, in ms. */
const ENDING_MS = 60_000;
/** If the first event takes this much longer than an ordinary response, it was in a buffer. In ms. */
const NOTABLE_MS = 2000;

/**
 * Whether events come as they are sent. The first event leaves at once and the stream stays open: a proxy that buffers
 * passes on nothing of it. A stream that ends passes such a proxy as a whole, which tells buffering from a broken stream.
 */
export const buffering: Check<UserContext> = {
  about: 'buffering',
  async run(context) {
    const { gateway } = context;
    const { tookMs } = await gateway.ask('/health/live');
    const open = await firstEvent(context, `${context.idleConversationId}/stream`, FIRST_EVENT_MS);
    if (open.kind === 'refused') {
      const finding = `GET …/stream answers with ${open.status} ${open.type}`;
      return [fail('buffering', finding, 'look at what stands before the gateway')];
    }
    const advice = gateway.advice('buffering');
    if (open.kind === 'came') return [...compressed(context, open), findingOf(open.atMs, tookMs, advice)];
    const silence = `an open event stream shows nothing for ${FIRST_EVENT_MS / 1000} s`;
    const ending = await firstEvent(
      context,
      `${context.activeConversationId}/stream?cursor=1.0.0&until=done`,
      ENDING_MS,
    );
    if (ending.kind !== 'came') return [fail('buffering', silence, advice)];
    const who = gateway.proxy?.name ?? 'something in between';
    const finding = `${silence}, one that ends comes whole: ${who} collects before it passes on`;
    return [...compressed(context, ending), fail('buffering', finding, advice)];
  },
};

type First =
  | { kind: 'came'; atMs: number; encoding: string | undefined }
  | { kind: 'silent' }
  | { kind: 'refused'; status: number; type: string };

async function firstEvent({ gateway, token }: UserContext, path: string, timeoutMs: number): Promise<First> {
  try {
    const ask = { headers: bearer(token), timeoutMs };
    const stream = await openEventStream(gateway, `/api/conversations/${path}`, ask);
    const late = setTimeout(() => stream.close(), timeoutMs - stream.headersMs);
    try {
      return await firstOf(stream);
    } finally {
      clearTimeout(late);
      stream.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ETIMEDOUT') return { kind: 'silent' };
    throw error;
  }
}

async function firstOf({ status, headers, events }: EventStream): Promise<First> {
  const type = headers['content-type'] ?? '';
  if (status !== 200 || !type.startsWith('text/event-stream')) return { kind: 'refused', status, type };
  for await (const { atMs } of events()) return { kind: 'came', atMs, encoding: headers['content-encoding'] };
  return { kind: 'silent' };
}

function findingOf(atMs: number, usualMs: number, advice: string): Finding {
  const came = `the first event came after ${Math.round(atMs)} ms`;
  if (atMs < usualMs + NOTABLE_MS) return ok('buffering', came);
  return warn('buffering', `${came}, an ordinary answer takes ${Math.round(usualMs)} ms`, advice);
}

function compressed({ gateway }: UserContext, { encoding }: { encoding: string | undefined }): Finding[] {
  const plain = encoding === undefined || encoding === 'identity';
  if (plain) return [ok('compression', 'event streams are not compressed')];
  const finding = `event streams are compressed (${encoding}), against their "Cache-Control: no-transform": events wait in the compressor`;
  return [warn('compression', finding, gateway.advice('compression'))];
}
