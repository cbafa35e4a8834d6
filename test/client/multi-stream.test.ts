import type { Rest } from '../../src/client/rest.js';
import type { ToTabs } from '../../src/client/transports/shared/messages.js';
import { MultiStream } from '../../src/client/transports/shared/multi-stream.js';

const ID = '0198c0de-0000-7000-8000-000000000000';
const OTHER = '0198c0de-0000-7000-8000-000000000001';

/** A stream that was asked for. */
interface Asked {
  readonly path: string;
  readonly signal: AbortSignal;
  /** Answers with a stream, and gives what sends frames over it and ends it. */
  open(): Promise<{ send(cursor: string): Promise<void>; end(): Promise<void> }>;
}

/** A connection whose streams the test opens one by one, in the order in which it likes. */
function connection() {
  const asked: Asked[] = [];
  const messages: ToTabs[] = [];
  const rest = {
    open: (_method: string, path: string, { signal }: { signal: AbortSignal }) =>
      new Promise((resolve) => {
        asked.push({
          path,
          signal,
          open: async () => {
            const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
            const writer = writable.getWriter();
            resolve({ response: new Response(readable), token: 't' });
            await settled();
            return {
              send: async (cursor) => {
                const frame = { type: 'chunk', conversationId: ID, cursor, messageId: 'm', data: 'x' };
                await writer.write(Buffer.from(`id: ${cursor}\ndata: ${JSON.stringify(frame)}\n\n`));
                await settled();
              },
              end: async () => {
                await writer.close();
                await settled();
              },
            };
          },
        });
      }),
  } as unknown as Rest;
  const stream = new MultiStream(rest, 'tab', (message) => messages.push(message));
  return { asked, messages, stream };
}

/** Everything that waits for nothing from outside has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function last(asked: readonly Asked[]): Asked {
  const newest = asked.at(-1);
  if (!newest) throw new Error('no stream was asked for');
  return newest;
}

test('a channel that is added stays where it stands while the stream before it goes on', async () => {
  const { asked, stream } = connection();
  stream.add('a', { conversationId: ID, cursor: '3.1.0' });
  const first = await last(asked).open();
  await first.send('3.1.400');
  stream.add('b', { conversationId: ID, cursor: '3.1.400' });
  stream.add('c', { conversationId: OTHER, cursor: '1.0.0' });
  // The stream that brings b is still being opened, and this comes over the one before.
  await first.send('3.1.901');
  await last(asked).open();
  await settled();
  expect(asked).toHaveLength(3);
  expect(decodeURIComponent(last(asked).path)).toContain(`${ID}@3.1.400`);
  stream.close();
});

test('the end of a stream ends its own channels, and names the stream', async () => {
  const { asked, messages, stream } = connection();
  stream.add('a', { conversationId: ID, cursor: '3.1.0' });
  const first = await last(asked).open();
  stream.add('b', { conversationId: ID, cursor: '3.1.0' });
  await first.end();
  expect(messages.filter(({ type }) => type === 'ended')).toMatchObject([{ keys: ['a'], stream: 'tab.0' }]);
  await last(asked).open();
  expect(messages.at(-1)).toMatchObject({
    type: 'opened',
    stream: 'tab.1',
    keys: expect.arrayContaining(['b']),
  });
  stream.close();
});
