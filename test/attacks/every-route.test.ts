import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { SECRET } from '../support/token.js';

interface Operation {
  readonly security?: readonly object[];
}

let cluster: Cluster;
let url: string;
/** All that the gateway says it has and that wants a token, with made-up ids in their paths. */
let closed: { method: string; path: string }[];

beforeAll(async () => {
  cluster = await Cluster.start();
  ({ url } = await cluster.gateway());
  const description = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  closed = Object.entries(description.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { security }]) => security !== undefined && security.length > 0)
      .map(([method]) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{\w+\}/g, () => randomUUID()),
      })),
  );
});

afterAll(() => cluster.stop());

/** The status of each route for a bearer, with its path. */
async function answers(authorization: string): Promise<string[]> {
  const got = await Promise.all(
    closed.map(async ({ method, path }) => {
      const response = await fetch(url + path, { method, headers: { Authorization: authorization } });
      await response.body?.cancel();
      return `${response.status} ${response.headers.get('www-authenticate')} ${method} ${path}`;
    }),
  );
  return got.filter((answer) => !answer.startsWith('401 Bearer '));
}

const sign = (claims: object, secret = SECRET, options: jwt.SignOptions = { expiresIn: 60 }): string =>
  `Bearer ${jwt.sign(claims, secret, options)}`;

test('the description has the routes of all clients', () => {
  expect(closed.length).toBeGreaterThan(30);
  const paths = closed.map(({ path }) => path.split('/').slice(1, 3).join('/'));
  expect(paths).toEqual(expect.arrayContaining(['api/conversations', 'api/me', 'api/attachments']));
});

test.each([
  ['none', () => ''],
  ['nonsense', () => 'Bearer nonsense'],
  ['one of another secret', () => sign({ sub: randomUUID() }, `not ${SECRET}`)],
  ['one that has expired', () => sign({ sub: randomUUID() }, SECRET, { expiresIn: -60 })],
  ['one of a user who is not there', () => sign({ sub: randomUUID() })],
  ['one of a session that is not there', () => sign({ sub: randomUUID(), sid: randomUUID() })],
])('every route that wants a token refuses %s', async (_, bearer) => {
  expect(await answers(bearer())).toEqual([]);
});

test('every route refuses a token whose session was ended', async () => {
  const person = await Person.register(url);
  expect((await person.call('GET', '/api/me')).status).toBe(200);
  expect((await person.call('POST', '/api/auth/logout')).status).toBe(204);
  expect(await answers(`Bearer ${person.token}`)).toEqual([]);
});
