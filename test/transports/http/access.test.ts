import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { Person } from '../../support/client.js';
import { Cluster } from '../../support/cluster.js';
import { expectProblem } from '../../support/problem.js';
import { SECRET } from '../../support/token.js';

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
const CONVERSATION_ROUTES: [method: string, path: string, body?: object][] = [
  ['GET', `/api/conversations/${C}`],
  ['PATCH', `/api/conversations/${C}`, { title: 'x' }],
  ['DELETE', `/api/conversations/${C}`],
  ['GET', `/api/conversations/${C}/messages`],
  ['POST', `/api/conversations/${C}/messages`, { text: 'x' }],
  ['POST', `/api/conversations/${C}/messages/chat`, { text: 'x' }],
  ['GET', `/api/conversations/${C}/messages/:answer`],
  ['POST', `/api/conversations/${C}/messages/:answer/stop`],
  ['POST', `/api/conversations/${C}/messages/:answer/regenerate`],
  ['GET', `/api/conversations/${C}/stream`],
  ['GET', `/api/conversations/${C}/stream?cursor=1.0.0&until=done`],
];
const ROUTES: [method: string, path: string, body?: object][] = [
  ['GET', '/api/me'],
  ['PATCH', '/api/me', { name: 'x' }],
  ['DELETE', '/api/me', {}],
  ['GET', '/api/me/export'],
  ['GET', '/api/me/sessions'],
  ['DELETE', `/api/me/sessions/${randomUUID()}`],
  ['POST', '/api/auth/password', { currentPassword: 'x', newPassword: 'a long enough one' }],
  ['POST', '/api/auth/logout'],
  ['POST', '/api/stream-tickets'],
  ['POST', '/api/conversations', {}],
  ['GET', '/api/conversations'],
  ...CONVERSATION_ROUTES,
];
const at = (path: string): string => path.replace(C, conversation).replace(':answer', answer);

describe('who speaks', () => {
  const valid = { sub: randomUUID() };
  const bearers: [what: string, authorization: string, code: string][] = [
    ['no token', '', 'unauthorized'],
    ['another scheme', 'Basic dXNlcjpwYXNz', 'unauthorized'],
    ['nonsense', 'Bearer nonsense', 'unauthorized'],
    ['no algorithm', bearer(valid, '', { algorithm: 'none', expiresIn: 60 }), 'unauthorized'],
    ['another secret', bearer(valid, `not ${SECRET}`, { expiresIn: 60 }), 'unauthorized'],
    ['another algorithm', bearer(valid, SECRET, { algorithm: 'HS512', expiresIn: 60 }), 'unauthorized'],
    ['no end', bearer(valid, SECRET, {}), 'unauthorized'],
    ['nobody known', bearer(valid, SECRET, { expiresIn: 60 }), 'unauthorized'],
    ['no user', bearer({}, SECRET, { expiresIn: 60 }), 'unauthorized'],
    ['an end that is over', bearer(valid, SECRET, { expiresIn: -60 }), 'token_expired'],
  ];

  function bearer(claims: object, secret: string, options: jwt.SignOptions): string {
    return `Bearer ${jwt.sign(claims, secret, options)}`;
  }

  test.each(bearers)('a token with %s is refused on every route', async (_, authorization, code) => {
    for (const [method, path, body] of ROUTES) {
      const refused = await person.call(method, at(path), body, { Authorization: authorization });
      expectProblem(refused, 401, code);
    }
  });

  test('the conversation of another is one that does not exist, on every route', async () => {
    const other = await Person.register(person.url);
    for (const [method, path, body] of CONVERSATION_ROUTES) {
      const foreign = await other.call(method, at(path), body);
      expectProblem(foreign, 404, 'not_found');
      for (const id of [randomUUID(), 'x', '0', `${conversation}x`, '%00', '%ff', "'"]) {
        const missing = await other.call(method, at(path.replace(C, id)), body);
        expect({ path, id, ...missing.body }).toEqual({ path, id, ...foreign.body });
      }
    }
    expect((await person.call('GET', at(`/api/conversations/${C}`))).body.title).not.toBe('x');
  });

  test('the message of another conversation does not exist either', async () => {
    const elsewhere = await person.newConversation();
    for (const [method, path, body] of CONVERSATION_ROUTES.filter(([, path]) => path.includes(':answer'))) {
      expectProblem(await person.call(method, at(path.replace(C, elsewhere)), body), 404, 'not_found');
      for (const id of [randomUUID(), 'x']) {
        expectProblem(await person.call(method, at(path.replace(':answer', id)), body), 404, 'not_found');
      }
    }
  });
});
