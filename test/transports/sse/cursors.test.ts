import { Person, Transcript } from '../../support/client.js';
import { Cluster } from '../../support/cluster.js';
import { expectProblem } from '../../support/problem.js';

const TEXT = ['é', '💧', 'पा'];
let cluster: Cluster;
let conversation: string;
let person: Person;
let bytes: number;

beforeAll(async () => {
  cluster = await Cluster.start();
  person = await Person.register((await cluster.all()).url);
  conversation = await person.newConversation();
  // 1 has ended, 2 runs and stands still after its text, 3 waits.
  cluster.ollama.script({ text: TEXT });
  bytes = Buffer.byteLength((await person.chat(conversation, 'one')).content);
  cluster.ollama.script({ text: TEXT, fault: 'stall', after: TEXT.length });
  const { message } = (await person.send(conversation, 'two')).body;
  await person.send(conversation, 'three');
  const transcript = new Transcript();
  for await (const { frame } of person.stream(conversation)) {
    transcript.take(frame);
    if (transcript.textOf(message.id) === TEXT.join('')) break;
  }
});

afterAll(() => cluster.stop());

const END = 'end';
const given = (cursor: string): string => cursor.replace(END, `${bytes + 1}`);
const open = (cursor: string): Promise<Response> =>
  person.open(
    'GET',
    `/api/conversations/${conversation}/stream?${new URLSearchParams({ cursor }).toString()}`,
  );

test.each([
  '1.0.0',
  '1.0.1',
  '1.1.0',
  '1.1.2',
  '1.1.6',
  '1.1.end',
  '2.0.0',
  '2.1.6',
  '2.1.12',
  // What was read may be ahead of a log that was lost; its writer brings it back.
  '2.1.999',
  '3.0.0',
  '3.0.1',
])('%s can have been given', async (cursor) => {
  const response = await open(given(cursor));
  expect(response.status).toBe(200);
  await response.body?.cancel();
});

test.each([
  ['malformed', ['', 'x', '1', '1.1', '1.1.1.1', '01.1.1', '1.01.1', '1.-1.1', '1.1.1 ', '1,1,1', '１.1.1']],
  [
    'malformed beyond all numbers',
    ['99999999999999999999.1.1', '1.1.1e3', '1.1.0x1', 'null', '\0', '1.1.NaN'],
  ],
  ['of no generation', ['0.0.0', '4.0.0', '4.0.1', '4.1.1', '9999999999.0.0']],
  ['of an attempt that was not', ['1.2.1', '1.2.0', '1.9999999999.1', '2.2.1', '3.1.0', '3.1.1']],
  ['past the end', ['1.1.9999999999', '1.0.2', '1.0.9', '2.0.2', '3.0.2']],
  ['inside a character', ['1.1.1', '1.1.3', '1.1.5', '1.1.7', '2.1.1', '2.1.4', '2.1.8']],
])('one that is %s is refused', async (_, cursors) => {
  for (const cursor of cursors) {
    const query = new URLSearchParams({ cursor }).toString();
    const path = `/api/conversations/${conversation}/stream`;
    expect({ cursor, status: (await open(cursor)).status }).toEqual({ cursor, status: 400 });
    expectProblem(await person.call('GET', `${path}?${query}&until=done`), 400, 'bad_request');
    if (!/^[\x21-\x7e]+$/.test(cursor)) continue;
    const byHeader = await person.call('GET', path, undefined, { 'Last-Event-ID': cursor });
    expectProblem(byHeader, 400, 'bad_request');
  }
});

test('one just past the end is refused', async () => {
  expect((await open(`1.1.${bytes + 2}`)).status).toBe(400);
});

test.each(['until=never', 'cursor=1.0.0&cursor=1.0.0', 'until=done&until=done'])(
  'a stream with ?%s is refused',
  async (query) => {
    const path = `/api/conversations/${conversation}/stream?${query}`;
    expectProblem(await person.call('GET', path), 400, 'bad_request');
  },
);
