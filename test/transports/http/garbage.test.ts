import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Person } from '../../support/client.js';
import { sized } from '../../support/size.js';

const REQUESTS = sized(1000, 10_000);
/** How many are under way at once: fewer than the app has connections to Postgres (20), so none waits for one. */
const LANES = 8;

let app: TestApp;
let person: Person;
let conversation: string;

beforeAll(async () => {
  app = await startTestApp();
  person = await Person.register(app.url);
  conversation = await person.newConversation();
});

afterAll(() => app.stop());

interface Malformed {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.double(),
  fc.constant(null),
  fc.object(),
);
const segment = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .map(wellFormed)
  .map(encodeURIComponent);

/** Nothing here is a request of the contract, though some of it nearly is. */
const requests: fc.Arbitrary<Malformed> = fc.oneof(
  segment.map((id) => ({ method: 'GET', path: `/api/conversations/${id}x` })),
  segment.map((id) => ({ method: 'DELETE', path: `/api/conversations/${id}x` })),
  segment.map((id) => ({ method: 'POST', path: messages(`/${id}x/stop`), body: '{}' })),
  junk.map((text) => ({ method: 'POST', path: messages(), body: JSON.stringify({ text, more: 1 }) })),
  junk.map((whenBusy) => ({
    method: 'POST',
    path: messages(),
    body: JSON.stringify({ text: 'x', whenBusy }),
  })),
  fc.json().map((body) => ({ method: 'POST', path: messages('/chat'), body: `[${body}]` })),
  fc.string({ unit: 'binary' }).map((body) => ({ method: 'POST', path: messages(), body: `{${body}` })),
  fc.constant({ method: 'POST', path: messages(`/${randomUUID()}/regenerate`), body: '{}' }),
);

/** Nothing here is a place in the conversation, which has no answers. */
const streams: fc.Arbitrary<Malformed> = fc.oneof(
  segment.map((cursor) => ({ method: 'GET', path: `/stream?cursor=-${cursor}` })),
  segment.map((until) => ({ method: 'GET', path: `/stream?until=-${until}` })),
  fc
    .tuple(fc.nat(), fc.nat(), fc.integer({ min: 1 }))
    .map((cursor) => ({ method: 'GET', path: `/stream?cursor=${cursor.join('.')}` })),
  segment.map((id) => ({ method: 'GET', path: `/${id}/stream?cursor=1.0.0` })),
);

function messages(rest = ''): string {
  return `/api/conversations/:conversation/messages${rest}`;
}

function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

async function refused({ method, path, body }: Malformed): Promise<void> {
  const full = path.startsWith('/api')
    ? path.replace(':conversation', conversation)
    : `/api/conversations/${conversation}${path}`;
  const answer = await person.call(method, full, body);
  const problem = answer.headers.get('content-type') === 'application/problem+json';
  if (answer.status >= 500 || answer.status < 400 || !problem) {
    throw new Error(`${method} ${full} ${body}: ${answer.status}`);
  }
}

test.each([
  ['requests', requests],
  ['streams', streams],
])(`${REQUESTS} malformed %s get an error each, and the next good one an answer`, async (_, arbitrary) => {
  const samples = fc.sample(arbitrary, REQUESTS);
  const lane = async (): Promise<void> => {
    for (let next = samples.pop(); next; next = samples.pop()) await refused(next);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  expect((await person.chat(conversation, 'still well?')).content).toMatch(/^still well\?/);
  conversation = await person.newConversation();
});
