import type { Check, UserContext } from '../check.js';
import { type EventStream, openEventStream } from '../event-stream.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import { bearer } from '../session.js';

/** A message that any model answers in a few words. */
const QUESTION = 'This is a test of the connection. Answer with one short sentence.';
/** A model may have to be loaded first. In ms. */
const ANSWER_MS = 90_000;
/** A shorter answer does not show whether a proxy held it back, in ms. */
const TELLING_MS = 2000;

interface Ended {
  readonly type: string;
  readonly code?: string;
  readonly message?: { readonly status: string; readonly createdAt: string; readonly completedAt?: string };
}

/** Sends a message and reads its answer from the same response. */
export const answer: Check<UserContext> = {
  about: 'answer',
  async run({ gateway, token, activeConversationId }) {
    const stream = await openEventStream(gateway, `/api/conversations/${activeConversationId}/messages`, {
      method: 'POST',
      headers: bearer(token),
      body: { text: QUESTION },
      timeoutMs: ANSWER_MS,
    });
    if (stream.status !== 200) {
      stream.close();
      return [refused(stream.status)];
    }
    const watched = await watch(stream);
    const { last, chunks } = watched;
    if (!last) return [fail('answer', 'the answer broke off before its end', gateway.advice('idle'))];
    if (last.type !== 'done') return [failed(last.code)];
    const seconds = (watched.endMs / 1000).toFixed(1);
    const first = Math.round(watched.wordsMs ?? 0);
    const good = ok('answer', `first words after ${first} ms, ${chunks} pieces, whole after ${seconds} s`);
    return [good, ...heldBack(watched, gateway.advice('buffering'))];
  },
};

interface Watched {
  /** When the first event (`accepted`), the first text and the end came, in ms since the request. */
  acceptedMs?: number;
  wordsMs?: number;
  endMs: number;
  chunks: number;
  last?: Ended;
}

async function watch(stream: EventStream): Promise<Watched> {
  const watched: Watched = { endMs: 0, chunks: 0 };
  const late = setTimeout(() => stream.close(), ANSWER_MS);
  for await (const { data, atMs } of stream.events()) {
    const frame = JSON.parse(data) as Ended;
    watched.acceptedMs ??= atMs;
    watched.endMs = atMs;
    if (frame.type === 'chunk') {
      watched.chunks += 1;
      watched.wordsMs ??= atMs;
    }
    if (frame.type === 'done' || frame.type === 'error') watched.last = frame;
  }
  clearTimeout(late);
  return watched;
}

/**
 * Compares two times: how long the server took from accepting the message to the end of the answer, by its own clock, and how
 * far apart the events of the two came. Example: written in 5 s, and all events within 20 ms: a proxy collected them.
 */
function heldBack({ acceptedMs = 0, endMs, last }: Watched, advice: string): Finding[] {
  const { createdAt = '', completedAt = '' } = last?.message ?? {};
  const writtenMs = Date.parse(completedAt) - Date.parse(createdAt);
  const cameMs = endMs - acceptedMs;
  if (!(writtenMs > TELLING_MS) || cameMs > writtenMs / 10) return [];
  const finding = `the answer took ${(writtenMs / 1000).toFixed(1)} s, and all that was said of it came within ${Math.round(cameMs)} ms, at its end`;
  return [fail('buffering', finding, advice)];
}

function refused(status: number): Finding {
  if (status === 429)
    return warn('answer', 'refused with 429', 'this user has sent too many messages: wait a minute');
  const advice = status === 503 ? 'is the queue there? See ready' : 'look at the log of the gateway';
  return fail('answer', `a message is refused with ${status}`, advice);
}

function failed(code = 'internal'): Finding {
  return fail(
    'answer',
    `the answer failed: ${code}`,
    "is the model server up, with the model of OLLAMA_MODEL? See the workers' log",
  );
}
