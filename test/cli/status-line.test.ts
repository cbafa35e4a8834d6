import { StatusLine } from '../../src/cli/chat/status-line.js';
import type { ConnectionState, TransportName, View } from '../../src/client/api.js';

type Step = readonly [ConnectionState, TransportName?];

function said(steps: readonly Step[], reportsLive = false): string[] {
  const lines: string[] = [];
  const status = new StatusLine({ say: (line) => lines.push(line), reportsLive });
  const retryAt = Date.now() + 2_500;
  for (const [state, transport = null] of steps) status.update({ state, transport, retryAt } as View);
  return lines;
}

const WELL: readonly Step[] = [
  ['connecting', 'socketio'],
  ['catching-up', 'socketio'],
  ['live', 'socketio'],
  ['live', 'socketio'],
];

test('says that it is live only at a terminal', () => {
  expect(said(WELL)).toEqual([]);
  expect(said(WELL, true)).toEqual(['live over Socket.IO']);
});

test('says once that the connection is lost, and over which transport it is back', () => {
  const back: Step[] = [['connecting'], ['catching-up', 'sse'], ['live', 'sse']];
  expect(said([...WELL, ...back])).toEqual(['connection lost …', 'live again over SSE']);
  expect(said([['connecting'], ['catching-up'], ...back])).toEqual([
    'connection lost …',
    'live again over SSE',
  ]);
});

test('says once when the next try is, while no transport works', () => {
  const away: Step[] = [['offline'], ['connecting'], ['offline'], ['connecting'], ['live', 'polling']];
  expect(said([...WELL, ...away])).toEqual([
    'no connection; the next try is in 3 s',
    'live again over polling',
  ]);
});
