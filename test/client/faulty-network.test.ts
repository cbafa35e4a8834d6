import * as fc from 'fast-check';
import type { TransportName, View } from '../../src/client/index.js';
import type { Frame } from '../../src/protocol/frames.js';
import { Transcript } from '../support/client.js';
import { FakeServer } from './fake-server.js';
import { type Fault, FaultyNetwork } from './faulty-network.js';
import { settled, VirtualTime } from './virtual-time.js';

type Action =
  | { readonly kind: 'accept' | 'write'; readonly text: string }
  | { readonly kind: 'restart' | 'end' | 'break' }
  | { readonly kind: 'wait'; readonly ms: number };

const FAULTS: readonly Fault[] = ['none', 'drop', 'repeat', 'delay', 'break', 'restart'];

const word = fc.constantFrom('a', 'bc ', 'é', 'न', '👩🏽‍⚕️', '漢字', 'and more of it ');

const action: fc.Arbitrary<Action> = fc.oneof(
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

const scenario = fc.record({
  actions: fc.array(action, { maxLength: 25 }),
  faults: fc.array(fc.constantFrom(...FAULTS), { maxLength: 25 }),
  failures: fc.integer({ min: 0, max: 8 }),
  transports,
});

function act(server: FakeServer, network: FaultyNetwork, action: Action): void {
  if (action.kind === 'accept') server.accept(action.text);
  if (action.kind === 'write') server.write(action.text);
  if (action.kind === 'restart') server.restart();
  if (action.kind === 'end') server.end();
  if (action.kind === 'break') network.breakAll();
}

/** The text that is shown is a prefix of one that the server has sent for this answer. */
function expectPrefixes(server: FakeServer, { messages }: View): void {
  for (const { id, role, content } of messages) {
    if (role !== 'assistant' || content === '') continue;
    const isPrefix = server.textsOf(id).some((text) => text.startsWith(content));
    expect({ id, content, isPrefix }).toEqual({ id, content, isPrefix: true });
  }
}

/** The chunks of an answer since its `accepted`, joined, are the answer. */
function expectJoined(transcript: Transcript, frame: Frame): void {
  if (frame.type !== 'done') return;
  const { messageId, message } = frame;
  const joined = transcript.textOf(messageId);
  const isWhole = transcript.frames.some(
    (other) => other.type === 'accepted' && other.messageId === messageId,
  );
  expect(isWhole ? joined : message.content.endsWith(joined)).toBe(isWhole ? message.content : true);
}

test('whatever the network does, the view shows prefixes alone, and in the end what the server has', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ actions, faults, failures, transports }) => {
      const server = new FakeServer();
      const time = new VirtualTime();
      const network = new FaultyNetwork(server, time, faults, failures);
      server.accept('first');
      const client = network.client(transports);
      const conversation = client.conversation('c');
      const transcript = new Transcript();
      // An error that a listener throws would not fail the test.
      let wrong: Error | undefined;
      conversation.onFrame((frame) => {
        transcript.take(frame);
        try {
          expectPrefixes(server, conversation.view);
          expectJoined(transcript, frame);
        } catch (error) {
          wrong ??= error as Error;
        }
      });
      for (const action of actions) {
        act(server, network, action);
        await (action.kind === 'wait' ? time.pass(action.ms) : settled());
      }
      network.repair();
      await time.pass(100_000);
      // The loss of the last frame is noticed by the next one.
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
});
