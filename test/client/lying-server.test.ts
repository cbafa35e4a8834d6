import * as fc from 'fast-check';
import type { TransportName, View } from '../../src/client/index.js';
import type { Frame } from '../../src/protocol/frames.js';
import { Transcript } from '../support/client.js';
import { FakeServer } from './fake-server.js';
import { type Fate, LyingWire } from './lying-wire.js';
import { settled, VirtualTime } from './virtual-time.js';

type Deed =
  | { readonly kind: 'accept' | 'write'; readonly text: string }
  | { readonly kind: 'restart' | 'end' | 'break' }
  | { readonly kind: 'wait'; readonly ms: number };

const FATES: readonly Fate[] = ['pass', 'drop', 'repeat', 'hold', 'break', 'anew'];

const word = fc.constantFrom('a', 'bc ', 'é', 'न', '👩🏽‍⚕️', '漢字', 'and more of it ');

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), text: word }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('accept' as const), text: word }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'end' as const, 'break' as const) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 40_000 }) }),
  },
);

const transports: fc.Arbitrary<TransportName[]> = fc.constantFrom<TransportName[]>(
  ['websocket'],
  ['sse'],
  ['polling'],
  ['websocket', 'sse', 'polling'],
);

const story = fc.record({
  deeds: fc.array(deed, { maxLength: 25 }),
  fates: fc.array(fc.constantFrom(...FATES), { maxLength: 25 }),
  failures: fc.integer({ min: 0, max: 8 }),
  transports,
});

function act(server: FakeServer, wire: LyingWire, deed: Deed): void {
  if (deed.kind === 'accept') server.accept(deed.text);
  if (deed.kind === 'write') server.write(deed.text);
  if (deed.kind === 'restart') server.restart();
  if (deed.kind === 'end') server.end();
  if (deed.kind === 'break') wire.breakAll();
}

/** Whatever is shown is a beginning of what the server has said of this answer. */
function expectBeginnings(server: FakeServer, { messages }: View): void {
  for (const { id, role, content } of messages) {
    if (role !== 'assistant' || content === '') continue;
    const isBeginning = server.textsOf(id).some((text) => text.startsWith(content));
    expect({ id, content, isBeginning }).toEqual({ id, content, isBeginning: true });
  }
}

/** Whoever joins the chunks of an answer from its `accepted` on has the answer. */
function expectJoined(transcript: Transcript, frame: Frame): void {
  if (frame.type !== 'done') return;
  const { messageId, message } = frame;
  const joined = transcript.textOf(messageId);
  const isWhole = transcript.frames.some(
    (other) => other.type === 'accepted' && other.messageId === messageId,
  );
  expect(isWhole ? joined : message.content.endsWith(joined)).toBe(isWhole ? message.content : true);
}

test('whatever the wire does, the view shows beginnings only, and comes to what the server has', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ deeds, fates, failures, transports }) => {
      const server = new FakeServer();
      const time = new VirtualTime();
      const wire = new LyingWire(server, time, fates, failures);
      server.accept('first');
      const client = wire.client(transports);
      const conversation = client.conversation('c');
      const transcript = new Transcript();
      // A listener's own error would be nobody's.
      let wrong: Error | undefined;
      conversation.onFrame((frame) => {
        transcript.take(frame);
        try {
          expectBeginnings(server, conversation.view);
          expectJoined(transcript, frame);
        } catch (error) {
          wrong ??= error as Error;
        }
      });
      for (const deed of deeds) {
        act(server, wire, deed);
        await (deed.kind === 'wait' ? time.pass(deed.ms) : settled());
      }
      wire.beHonest();
      await time.pass(100_000);
      // What was lost last is noticed by what comes after it.
      server.accept('last');
      server.endAll();
      await time.pass(100_000);

      if (wrong) throw wrong;
      const { view } = conversation;
      expect(view.state).toBe('live');
      const { items } = server.page() as { items: { id: string; content: string; status: string }[] };
      const shown = view.messages.map(({ id, content, status }) => ({ id, content, status }));
      expect(shown).toEqual(items.map(({ id, content, status }) => ({ id, content, status })));
      client.close();
      await settled();
      expect(time.pending).toBe(0);
    }),
    { numRuns: 200 },
  );
}, 60_000);
