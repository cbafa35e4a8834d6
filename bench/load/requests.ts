import { Agent, request } from 'node:http';
import type { Call } from './lines.js';

/** Requests in flight at any time. */
const CONCURRENCY = 16;

/**
 * Makes the calls, one after another and again from the first, for `ms` milliseconds, over connections that are kept.
 * Returns how many were answered.
 * @throws when one is answered with something else than `status`
 */
export async function requestsFor(ms: number, calls: readonly Call[], status: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const end = performance.now() + ms;
  let next = 0;
  let answered = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < end) {
      const call = calls[next++ % calls.length];
      if (!call) return;
      const got = await statusOf(call, agent);
      if (got !== status) throw new Error(`${call.method} ${call.url}: ${got}`);
      answered += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, loop));
  } finally {
    agent.destroy();
  }
  return answered;
}

/** The status of the response, once it has been read. */
function statusOf({ method, url, headers, body }: Call, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const json = body === undefined ? undefined : JSON.stringify(body);
    const length = json === undefined ? {} : { 'Content-Length': Buffer.byteLength(json) };
    const type = json === undefined ? {} : { 'Content-Type': 'application/json' };
    const call = request(url, { method, headers: { ...length, ...type, ...headers }, agent });
    call.once('error', reject);
    call.once('response', (response) => {
      response
        .once('error', reject)
        .once('end', () => resolve(response.statusCode))
        .resume();
    });
    call.end(json);
  });
}
