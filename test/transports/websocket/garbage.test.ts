import { once } from 'node:events';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { WebSocket } from 'ws';
import { startTestApp, type TestApp } from '../../support/app.js';
import { Person } from '../../support/client.js';

let app: TestApp;
let person: Person;
let path: string;

beforeAll(async () => {
  app = await startTestApp();
  person = await Person.register(app.url);
  path = `/ws/conversations/${await person.newConversation()}?token=${person.token}`;
});

afterAll(() => app.stop());

const notAText = fc.oneof(
  fc.integer(),
  fc.constant(null),
  fc.constant(''),
  fc.array(fc.string()),
  fc.object(),
);
const json = (value: unknown): string => JSON.stringify(value);

/** Nothing here is a frame of the contract, though some of it nearly is. */
const malformed: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.json(),
  fc.uint8Array({ maxLength: 300 }),
  fc.string().map((type) => json({ type: `-${type}` })),
  fc.constantFrom('message', 'resume', 'stop', 'ping').map((type) => json({ type, unknown: 1 })),
  fc.constantFrom('message', 'regenerate').map((type) => json({ type })),
  notAText.map((text) => json({ type: 'message', text })),
  notAText.map((messageId) => json({ type: 'regenerate', messageId })),
  notAText.map((cursor) => json({ type: 'resume', cursor })),
  fc.string().map((messageId) => json({ type: 'stop', messageId })),
  fc.double({ max: -0.5 }).map((received) => json({ type: 'resume', lastMessageId: 'x', received })),
  fc.nat(1000).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
  fc.string().map((text) => json({ type: 'message', text }).slice(0, -1)),
);

/** A connection that counts what it is sent, and keeps none of it. */
async function open() {
  const ws = new WebSocket(app.url.replace('http', 'ws') + path);
  const counts = { error: 0, pong: 0 };
  ws.on('message', (data: Buffer) => {
    const { type } = JSON.parse(data.toString()) as { type: 'error' | 'pong' };
    counts[type]++;
  });
  await once(ws, 'open');
  return { ws, counts };
}

/** Bytes in use, garbage not counted. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

test('10,000 malformed frames get an error frame each, and leave nothing behind', async () => {
  let before = 0;
  for (let connection = 0; connection < 5; connection++) {
    const { ws, counts } = await open();
    for (const frame of fc.sample(malformed, 2000)) ws.send(frame);
    ws.send(json({ type: 'ping' }));
    while (counts.pong === 0) await once(ws, 'message');
    expect(counts.error).toBe(2000);
    ws.close();
    await once(ws, 'close');
    // What the first connection leaves is code that was compiled and the like.
    if (connection === 0) before = heap();
  }
  expect(heap() - before).toBeLessThan(8_000_000);
});

test('bytes that are no WebSocket end their connection, and no other', async () => {
  const { ws, counts } = await open();
  const { port, host } = new URL(app.url);
  const handshake = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 20, maxLength: 200 }), async (bytes) => {
      const tcp = connect(Number(port), '127.0.0.1').on('error', () => {});
      const closed = once(tcp, 'close');
      tcp.write(handshake);
      // Set bits that RFC 6455 reserves: no frame may begin so.
      tcp.end(Buffer.concat([Buffer.of(0xff), bytes]));
      tcp.resume();
      await closed;
    }),
    { numRuns: 200 },
  );
  ws.send(json({ type: 'ping' }));
  while (counts.pong === 0) await once(ws, 'message');
  ws.terminate();
});
