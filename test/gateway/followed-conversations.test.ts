import { FollowedConversations } from '../../src/gateway/followed-conversations.js';
import { SharedFrame } from '../../src/gateway/shared-frame.js';
import type { Sink } from '../../src/gateway/sink.js';
import type { SubscribeOptions, Subscription } from '../../src/gateway/subscription.js';
import type { Start } from '../../src/generation/follow.js';
import { afterAccepted, beforeAccepted } from '../../src/protocol/cursor.js';
import type { Frame } from '../../src/protocol/frames.js';
import { MAX_PLACES } from '../../src/protocol/places.js';

const START: Start = { cursor: beforeAccepted(3), seq: 3 };

/** Follows as many conversations as there may be. The first sends what `send` says. */
function full(send: (say: (type: Frame['type'], cursor: string) => void) => void, start: Start = START) {
  const dropped: [string, number][] = [];
  const sink: Sink = { full: false, send: () => {}, drained: () => undefined, end: () => {} };
  const subscriptions = {
    // As a room does that stands at the same place: it sends before `subscribe` returns.
    subscribe({ conversationId, sink }: SubscribeOptions): Subscription {
      const say = (type: Frame['type'], cursor: string): void =>
        sink.send(new SharedFrame({ type, conversationId, cursor } as Frame));
      if (conversationId === 'first') send(say);
      else say('ready', '3.0.0');
      return { cancel: () => {} } as Subscription;
    },
  };
  const followed = new FollowedConversations(subscriptions, sink, (...of) => dropped.push(of));
  followed.follow('first', start);
  for (let n = 1; n < MAX_PLACES; n += 1) followed.follow(`quiet ${n}`, START);
  return { followed, dropped };
}

test('a conversation makes room once it is quiet, and has been sent up to its last answer', () => {
  const { followed, dropped } = full((say) => {
    say('accepted', '3.0.1');
    say('chunk', '3.1.5');
    say('done', '3.1.6');
  });
  expect(followed.follow('another', START)).toBe(true);
  expect(dropped).toEqual([['first', 3]]);
});

const UNDER_WAY: { name: string; start?: Start; frames: [Frame['type'], string][] }[] = [
  {
    name: 'waits in the queue',
    frames: [
      ['accepted', '3.0.1'],
      ['ready', '3.0.1'],
    ],
  },
  {
    name: 'has text',
    frames: [
      ['accepted', '3.0.1'],
      ['chunk', '3.1.5'],
      ['ready', '3.1.5'],
    ],
  },
  {
    name: 'was resumed before its text',
    start: { cursor: afterAccepted(3), seq: 3 },
    frames: [['ready', '3.0.1']],
  },
  {
    name: 'was resumed in its text',
    start: { cursor: { seq: 3, attempt: 1, position: 5 }, seq: 3 },
    frames: [['ready', '3.1.5']],
  },
];

test.each(UNDER_WAY)(
  'an answer that $name is under way: its conversation makes no room',
  ({ start, frames }) => {
    const { followed, dropped } = full((say) => {
      for (const [type, cursor] of frames) say(type, cursor);
    }, start);
    expect(followed.follow('another', START)).toBe(true);
    expect(dropped).toEqual([['quiet 1', 2]]);
  },
);

test('conversations whose room is at the same place are quiet from the start', () => {
  const { followed, dropped } = full((say) => say('ready', '2.1.9'), {
    cursor: { seq: 2, attempt: 1, position: 9 },
    seq: 3,
  });
  expect(followed.follow('another', START)).toBe(true);
  expect(dropped).toEqual([['first', 2]]);
});
