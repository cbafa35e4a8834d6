import type { Check, UserContext } from '../check.js';
import { openEventStream } from '../event-stream.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import { codeOf } from '../gateway.js';
import { bearer } from '../session.js';

/** The first event is sent at once; who has not got it by now does not get it, in ms. */
const FIRST_EVENT_MS = 5000;
/** More than this, in ms, beside an ordinary answer, is time in a buffer. */
const NOTABLE_MS = 2000;

/**
 * Whether an event stream comes as it is sent: its first event leaves at once, and the stream stays open. A proxy that
 * collects shows nothing of it, while a stream that ends comes whole.
 */
export const buffering: Check<UserContext> = {
  about: 'buffering',
  async run(context) {
    const { gateway } = context;
    const { tookMs } = await gateway.ask('/health/live');
    const open = await firstEvent(context, '');
    if (open.kind === 'refused') {
      const finding = `GET …/stream answers with ${open.status} ${open.type}`;
      return [fail('buffering', finding, 'look at what stands before the gateway')];
    }
    if (open.kind === 'came')
      return [...compressed(context, open), judge(open.atMs, tookMs, gateway.advice('buffering'))];
    const ending = await firstEvent(context, '?cursor=0.0.0&until=done');
    if (ending.kind !== 'came') {
      return [
        fail('buffering', `no event came within ${FIRST_EVENT_MS / 1000} s`, gateway.advice('buffering')),
      ];
    }
    const by = gateway.proxy ? ` (${gateway.proxy.name})` : '';
    const finding = `an open event stream shows nothing for ${FIRST_EVENT_MS / 1000} s, one that ends comes whole: something${by} holds responses back until they end`;
    return [...compressed(context, ending), fail('buffering', finding, gateway.advice('buffering'))];
  },
};

type First =
  | { kind: 'came'; atMs: number; encoding: string | undefined }
  | { kind: 'silent' }
  | { kind: 'refused'; status: number; type: string };

async function firstEvent({ gateway, token, conversationId }: UserContext, query: string): Promise<First> {
  const path = `/api/conversations/${conversationId}/stream${query}`;
  try {
    const stream = await openEventStream(gateway, path, {
      headers: bearer(token),
      timeoutMs: FIRST_EVENT_MS,
    });
    const late = setTimeout(() => stream.close(), FIRST_EVENT_MS - stream.headersMs);
    try {
      const type = stream.headers['content-type'] ?? '';
      if (stream.status !== 200 || !type.startsWith('text/event-stream')) {
        return { kind: 'refused', status: stream.status, type };
      }
      const encoding = stream.headers['content-encoding'];
      for await (const { atMs } of stream.events()) return { kind: 'came', atMs, encoding };
      return { kind: 'silent' };
    } finally {
      clearTimeout(late);
      stream.close();
    }
  } catch (error) {
    if (codeOf(error) === 'ETIMEDOUT') return { kind: 'silent' };
    throw error;
  }
}

function judge(atMs: number, usualMs: number, advice: string): Finding {
  const came = `the first event came after ${Math.round(atMs)} ms`;
  if (atMs < usualMs + NOTABLE_MS) return ok('buffering', came);
  return warn('buffering', `${came}, an ordinary answer takes ${Math.round(usualMs)} ms`, advice);
}

function compressed({ gateway }: UserContext, { encoding }: { encoding: string | undefined }): Finding[] {
  if (encoding === undefined || encoding === 'identity')
    return [ok('compression', 'event streams are not compressed')];
  const finding = `event streams are compressed (${encoding}), against their "Cache-Control: no-transform": events wait in the compressor`;
  return [warn('compression', finding, gateway.advice('compression'))];
}
