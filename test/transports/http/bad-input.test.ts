import { randomUUID } from 'node:crypto';
import { Person } from '../../support/client.js';
import { Cluster } from '../../support/cluster.js';
import { expectProblem } from '../../support/problem.js';

let cluster: Cluster;
let person: Person;
let conversation: string;
let answer: string;

beforeAll(async () => {
  cluster = await Cluster.start({ LLM_PROVIDER: 'echo', DEV_LLM_TOKENS_PER_SECOND: '0' });
  person = await Person.register((await cluster.all()).url);
  conversation = await person.newConversation();
  answer = (await person.chat(conversation, 'hello')).id;
});

afterAll(() => cluster.stop());

const C = ':conversation';
const at = (path: string): string => path.replace(C, conversation).replace(':answer', answer);

describe('bodies', () => {
  const long = (length: number, character = 'a'): string => character.repeat(length);
  const refused: [what: string, body: unknown, named: RegExp][] = [
    ['no text', {}, /text/],
    ['empty text', { text: '' }, /text/],
    ['text that is none', { text: 1 }, /text/],
    ['text that is null', { text: null }, /text/],
    ['32,001 characters', { text: long(32_001) }, /text/],
    ['32,001 characters of four bytes', { text: long(32_001, '😀') }, /text/],
    ['U+0000 in the text', { text: 'a\0b' }, /text/],
    ['half a surrogate pair in the text', '{"text":"a\\ud83d"}', /text/],
    ['the other half', '{"text":"\\ude00b"}', /text/],
    ['an empty id', { text: 'x', client_message_id: '' }, /client_message_id/],
    ['an id of 129 characters', { text: 'x', client_message_id: long(129) }, /client_message_id/],
    ['an id that is no text', { text: 'x', client_message_id: 7 }, /client_message_id/],
    ['U+0000 in the id', { text: 'x', client_message_id: '\0' }, /client_message_id/],
    ['half a surrogate pair in the id', '{"text":"x","client_message_id":"\\udc00"}', /client_message_id/],
    ['an attachment twice', { text: 'x', attachments: ['a', 'a'] }, /attachments/],
    ['attachments that are no list', { text: 'x', attachments: {} }, /attachments/],
    ['another whenBusy', { text: 'x', whenBusy: 'later' }, /whenBusy/],
    ['an unknown field', { text: 'x', clientMessageId: 'x' }, /clientMessageId/],
    ['a field that objects have', '{"text":"x","__proto__":{"a":1}}', /JSON/],
    ['no object', '[]', /object/],
    ['null', 'null', /./],
    ['a text alone', '"text"', /./],
    ['half of a JSON', '{"text":', /JSON/],
    ['no JSON', 'text=x', /JSON/],
  ];

  test.each(refused)('a message with %s is refused, and the field is named', async (_, body, named) => {
    for (const path of [`/api/conversations/${C}/messages`, `/api/conversations/${C}/messages/chat`]) {
      for (const accept of ['application/json', 'text/event-stream']) {
        const answer = await person.call('POST', at(path), body, { Accept: accept });
        expectProblem(answer, 400, 'bad_request');
        expect(answer.body.detail).toMatch(named);
        expect(answer.body.detail.length).toBeLessThan(200);
      }
    }
  });

  test.each([
    ['32,000 characters', { text: long(32_000) }],
    ['32,000 characters of four bytes', { text: long(32_000, '😀') }],
    ['them escaped', `{"text":"${'\\ud83d\\ude00'.repeat(32_000)}"}`],
    ['an id of 128 characters', { text: 'x', client_message_id: long(128, '💧') }],
    ['no attachments', { text: 'x', attachments: [] }],
    ['white space', { text: ' ' }],
    ['1 MiB', `{"text":"x"${long(1_048_576 - 12, ' ')}}`],
  ])('a message with %s is taken', async (_, body) => {
    const sent = await person.call('POST', at(`/api/conversations/${C}/messages`), body);
    expect(sent.status).toBe(202);
  });

  test('Idempotency-Key follows the rules of client_message_id', async () => {
    const path = at(`/api/conversations/${C}/messages`);
    const tooLong = await person.call('POST', path, { text: 'x' }, { 'Idempotency-Key': long(129) });
    expectProblem(tooLong, 400, 'bad_request');
    const body = { text: 'x', client_message_id: 'one' };
    const another = await person.call('POST', path, body, { 'Idempotency-Key': 'another' });
    expectProblem(another, 400, 'bad_request');
  });

  test.each([
    ['POST', '/api/conversations', { title: 'a\0' }, /title/],
    ['POST', '/api/conversations', '{"title":"\\ud800"}', /title/],
    ['POST', '/api/conversations', { title: 1 }, /title/],
    ['POST', '/api/conversations', { name: 'x' }, /name/],
    ['PATCH', `/api/conversations/${C}`, { title: 'a\0' }, /title/],
    ['PATCH', `/api/conversations/${C}`, '{"title":"\\udfff"}', /title/],
    ['PATCH', `/api/conversations/${C}`, {}, /title/],
    ['PATCH', `/api/conversations/${C}`, { title: 'x', id: 'x' }, /id/],
    ['POST', `/api/conversations/${C}/messages/:answer/regenerate`, { text: 'x' }, /text/],
    [
      'POST',
      `/api/conversations/${C}/messages/:answer/regenerate`,
      { client_message_id: '' },
      /client_message_id/,
    ],
    ['POST', `/api/conversations/${C}/messages/:answer/stop`, { force: true }, /force/],
    ['POST', '/api/stream-tickets', { ttl: 60 }, /ttl/],
    ['POST', '/api/auth/logout', { all: true }, /all/],
    ['POST', '/api/auth/login', { email: 'a@b.c', password: 'x', remember: true }, /remember/],
  ] as const)('%s %s with %j is refused, and the field is named', async (method, path, body, named) => {
    const answer = await person.call(method, at(path), body);
    expectProblem(answer, 400, 'bad_request');
    expect(answer.body.detail).toMatch(named);
  });

  test('a body over 1 MiB is refused, however it comes', async () => {
    const path = at(`/api/conversations/${C}/messages`);
    const body = `{"text":"x"${long(1_048_576 - 11, ' ')}}`;
    expectProblem(await person.call('POST', path, body), 413, 'payload_too_large');
    const chunked = await fetch(person.url + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${person.token}`, 'Content-Type': 'application/json' },
      body: new Blob([body]).stream(),
      duplex: 'half',
    });
    expect(chunked.status).toBe(413);
    expect(await chunked.json()).toMatchObject({ code: 'payload_too_large' });
  });

  test.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.example+json'])(
    'a body of the type %s is JSON',
    async (type) => {
      const path = at(`/api/conversations/${C}/messages`);
      const sent = await person.call('POST', path, '{"text":"x"}', { 'Content-Type': type });
      expect(sent.status).toBe(202);
    },
  );

  test.each([
    ['text/plain', 415, 'unsupported_media_type'],
    ['application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['multipart/form-data; boundary=x', 415, 'unsupported_media_type'],
    ['nonsense', 415, 'unsupported_media_type'],
  ])('a body of the type %s', async (type, status, code) => {
    const path = at(`/api/conversations/${C}/messages`);
    expectProblem(await person.call('POST', path, '{"text":"x"}', { 'Content-Type': type }), status, code);
  });

  test.each([
    ['gzip', 400, 'bad_request'],
    ['nonsense', 415, 'unsupported_media_type'],
  ])('a body that is not what Content-Encoding %s says', async (encoding, status, code) => {
    const path = at(`/api/conversations/${C}/messages`);
    const headers = { 'Content-Encoding': encoding };
    expectProblem(await person.call('POST', path, '{"text":"x"}', headers), status, code);
  });
});

describe('lists', () => {
  test.each(['limit=0', 'limit=-1', 'limit=x', 'limit=1.5', 'limit=101', 'limit=', 'cursor=x', 'cursor='])(
    'a list with ?%s is refused',
    async (query) => {
      for (const path of ['/api/conversations', `/api/conversations/${conversation}/messages`]) {
        expectProblem(await person.call('GET', `${path}?${query}`), 400, 'bad_request');
      }
    },
  );
});

describe('searches', () => {
  test.each([
    ['no words', {}, /q/],
    ['nothing', { q: '' }, /q: must have a letter or a digit/],
    ['signs alone', { q: ' ?!… ' }, /q: must have a letter or a digit/],
    ['201 characters', { q: 'a'.repeat(201) }, /q/],
    ['U+0000', { q: 'a\0b' }, /q/],
    ['a page of 51', { q: 'a', limit: 51 }, /limit/],
    ['another list’s cursor', { q: 'a', cursor: '1.user' }, /cursor/],
  ])('a search for %s is refused', async (_, fields, named) => {
    const query = new URLSearchParams(fields as never);
    for (const refused of [
      await person.call('GET', `/api/search?${query.toString()}`),
      await person.call('POST', '/api/search', fields),
    ]) {
      expectProblem(refused, 400, 'bad_request');
      expect(refused.body.detail).toMatch(named);
    }
  });
});

describe('addresses', () => {
  test.each([
    '/nothing',
    '/api',
    '/api/nothing',
    `/api/conversations/${C}/nothing`,
    '/api/auth',
    '/%',
    '/%00',
  ])('there is nothing at %s', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      expectProblem(await person.call(method, at(path)), 404, 'not_found');
    }
  });

  test.each([
    ['PUT', '/api/conversations'],
    ['POST', '/api/me'],
    ['GET', '/api/auth/login'],
    ['PUT', `/api/conversations/${C}`],
    ['DELETE', `/api/conversations/${C}/messages`],
    ['POST', `/api/conversations/${C}/stream`],
    ['GET', `/api/conversations/${C}/messages/:answer/stop`],
    ['DELETE', '/health/live'],
    ['PROPFIND', '/api/me'],
  ])('the method %s is not allowed at %s', async (method, path) => {
    const refused = await person.call(method, at(path));
    expectProblem(refused, 405, 'bad_request');
    expect(refused.headers.get('allow')).toMatch(/[A-Z]/);
  });
});

describe('too many messages', () => {
  test('are refused with the time to wait; what was accepted before is not', async () => {
    const { url } = await cluster.gateway({ RATE_LIMIT_MESSAGES_PER_MINUTE: '3' });
    const hasty = await Person.register(url);
    const own = await hasty.newConversation();
    const path = `/api/conversations/${own}/messages`;
    const accepted = await Promise.all(
      ['a', 'b', 'c'].map((id) => hasty.send(own, 'x', { client_message_id: id })),
    );
    expect(accepted.map(({ status }) => status)).toEqual([202, 202, 202]);
    const left = accepted.map(({ headers }) => headers.get('ratelimit-remaining'));
    expect(new Set(left)).toEqual(new Set(['0', '1', '2']));
    const { id } = accepted[0]?.body.message ?? {};
    const others = [
      await hasty.send(own, 'x', { client_message_id: 'd' }),
      await hasty.send(await hasty.newConversation(), 'x'),
      await hasty.call('POST', `${path}/chat`, { text: 'x' }),
      await hasty.call('POST', path, { text: 'x' }, { Accept: 'text/event-stream' }),
      await hasty.call('POST', `${path}/${id}/regenerate`),
    ];
    for (const refused of others) {
      expectProblem(refused, 429, 'rate_limited');
      const wait = Number(refused.headers.get('retry-after'));
      expect(wait).toBeGreaterThan(40);
      expect(wait).toBeLessThanOrEqual(60);
      expect(refused.headers.get('ratelimit-limit')).toBe('3');
      expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    }
    const again = await hasty.send(own, 'x', { client_message_id: 'a' });
    expect(again).toMatchObject({ status: 202, body: { duplicate: true, message: { id } } });
    const calm = await Person.register(url);
    expect((await calm.send(await calm.newConversation(), 'x')).status).toBe(202);
  });

  test('are counted on when their conversation is deleted', async () => {
    const { url } = await cluster.gateway({ RATE_LIMIT_MESSAGES_PER_MINUTE: '1' });
    const hasty = await Person.register(url);
    const first = await hasty.newConversation();
    expect((await hasty.send(first, 'x')).status).toBe(202);
    expect((await hasty.call('DELETE', `/api/conversations/${first}`)).status).toBe(204);
    expectProblem(await hasty.send(await hasty.newConversation(), 'x'), 429, 'rate_limited');
  });

  test('are counted only when something new is stored', async () => {
    const { url } = await cluster.gateway({ RATE_LIMIT_MESSAGES_PER_MINUTE: '2' });
    const person = await Person.register(url);
    const own = await person.newConversation();
    const send = (text: string, id: string) => person.send(own, text, { client_message_id: id });
    expect((await send('x', 'a')).status).toBe(202);
    for (let n = 0; n < 3; n += 1) {
      expect((await send('x', 'a')).body).toMatchObject({ duplicate: true });
      expectProblem(await send('y', 'a'), 409, 'idempotency_mismatch');
      expectProblem(await person.send(randomUUID(), 'x'), 404, 'not_found');
    }
    expect((await send('x', 'b')).status).toBe(202);
    expectProblem(await send('x', 'c'), 429, 'rate_limited');
  });
});
