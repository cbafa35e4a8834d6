import * as fc from 'fast-check';
import type { Frame } from '../../../src/protocol/frames.js';
import { type TestApp, TestSite } from '../../support/app.js';
import { Person, Transcript } from '../../support/client.js';
import { sized } from '../../support/size.js';
import { TestSocket } from '../../support/socket.js';

let site: TestSite;
let apps: TestApp[];
let person: Person;

/** Two gateways, and an answer that comes in many chunks. */
beforeAll(async () => {
  site = await TestSite.open();
  const worker = site.start({ DEV_LLM_TOKENS_PER_SECOND: '400' });
  apps = await Promise.all([worker, site.start({ ROLE: 'gateway' })]);
  person = await Person.register(apps[0]?.url ?? '');
});

afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await site.close();
});

/** Frames over one transport after `cursor`, as they come; leaves when the consumer does. */
async function* overSocket(who: Person, conversation: string, cursor: string): AsyncGenerator<Frame> {
  const socket = await TestSocket.open(who, conversation, `&cursor=${cursor}`);
  try {
    for (let at = 0; ; at++) {
      while (at >= socket.frames.length) await socket.nextFrame();
      yield socket.frames[at] as Frame;
    }
  } finally {
    await socket.close();
  }
}

async function* overSse(who: Person, conversation: string, lastEventId: string): AsyncGenerator<Frame> {
  for await (const { frame } of who.stream(conversation, { lastEventId })) yield frame;
}

const leg = fc.record({
  transport: fc.constantFrom(overSocket, overSse),
  gateway: fc.nat(1),
  /** After how many frames it is cut. */
  frames: fc.integer({ min: 1, max: 12 }),
});

test('an answer read over any mix of sockets, event streams and gateways is the answer, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(leg, { minLength: 1, maxLength: 12 }),
      fc.string({ unit: 'grapheme', minLength: 20, maxLength: 200 }),
      async (legs, words) => {
        const conversation = await person.newConversation();
        const text = `${words} aé€🙂 `.repeat(20).replaceAll('\u0000', '');
        const sent = await person.send(conversation, text);
        const transcript = new Transcript();
        let cursor: string = sent.body.cursor;
        const last = { transport: overSocket, gateway: 0, frames: Number.POSITIVE_INFINITY };
        for (const { transport, gateway, frames } of [...legs, last]) {
          const who = person.at(apps[gateway]?.url ?? '');
          let seen = 0;
          for await (const frame of transport(who, conversation, cursor)) {
            transcript.take(frame);
            cursor = transcript.cursor ?? cursor;
            if (frame.type === 'done') {
              expect(frame.message.content.startsWith(text)).toBe(true);
              expect(transcript.textOf(frame.messageId)).toBe(frame.message.content);
              return;
            }
            if (++seen >= frames) break;
          }
        }
      },
    ),
    { numRuns: sized(8, 80) },
  );
});

test('cuts in mid-answer, from the client’s own count of what it has', async () => {
  const conversation = await person.newConversation();
  const sent = await person.send(conversation, 'Grüße 🙂 '.repeat(100));
  const lastMessageId: string = sent.body.message.id;
  let text = '';
  /** Reads on where the text ends. True at the end of the answer; false after one chunk, if that is all it may read. */
  const readOn = async (socket: TestSocket, chunks: number): Promise<boolean> => {
    for (let read = 0; read < chunks; ) {
      const frame = await socket.nextOf('chunk', 'done');
      // The stream began at the message's cursor: until the resume takes hold it sends other pieces, which may overlap.
      const skipped = frame.type === 'chunk' ? Buffer.byteLength(text) - startOf(frame) : -1;
      if (frame.type === 'chunk' && skipped >= 0 && skipped < Buffer.byteLength(frame.data)) {
        text += Buffer.from(frame.data).subarray(skipped).toString();
        read++;
      } else if (frame.type === 'done' && text === frame.message.content) {
        return true;
      }
    }
    return false;
  };
  // On a slow machine the answer may be written before the last cut: then a resume finds all that is left in one chunk.
  for (let cuts = 0, ended = false; !ended; cuts++) {
    const socket = await TestSocket.open(person, conversation, `&cursor=${sent.body.cursor}`);
    await socket.next('accepted');
    socket.say({ type: 'resume', lastMessageId, received: text.length });
    ended = await readOn(socket, cuts < 5 ? 1 : Number.POSITIVE_INFINITY);
    await socket.close();
  }
  const stored = await person.call('GET', `/api/conversations/${conversation}/messages/${lastMessageId}`);
  expect(text).toBe(stored.body.content);
});

/** The position of a chunk's first byte; its cursor is the position after its last. */
function startOf({ cursor, data }: { cursor: string; data: string }): number {
  return Number(cursor.split('.')[2]) - Buffer.byteLength(data);
}
