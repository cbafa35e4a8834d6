import jwt from 'jsonwebtoken';
import type { Frame } from '../../src/protocol/frames.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { withClient } from '../support/postgres.js';
import { TestSocket } from '../support/socket.js';
import { tokenFor } from '../support/token.js';

/** What `Person.register` signs up with. */
const PASSWORD = 'correct horse';

let cluster: Cluster;
let url: string;

beforeAll(async () => {
  cluster = await Cluster.start();
  ({ url } = await cluster.gateway());
  await cluster.worker();
});

afterAll(() => cluster.stop());

/** How many rows of a table belong to nobody else but the deleted user: every test has a database to itself. */
async function rowsLeft(userId: string): Promise<number> {
  let left = -1;
  await withClient(cluster.database.url, async (client) => {
    const { rows } = await client.query(
      `select (select count(*) from users where id = $1) + (select count(*) from log_erasures)
         + (select count(*) from conversations where user_id is null or user_id = $1) as left`,
      [userId],
    );
    left = Number(rows[0].left);
  });
  return left;
}

async function untilErased(userId: string): Promise<void> {
  while ((await rowsLeft(userId)) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
}

async function idOf(person: Person): Promise<string> {
  return (await person.call('GET', '/api/me')).body.id;
}

test('a deletion stops the running answer, ends every stream, and erases all rows', async () => {
  cluster.ollama.script({ text: ['Drink ', 'water.'], fault: 'stall', after: 1 });
  const person = await Person.register(url);
  const id = await idOf(person);
  const conversation = await person.newConversation();
  const other = await person.newConversation();
  const [socket, idle] = [await TestSocket.open(person, conversation), await TestSocket.open(person, other)];
  const frames: Frame[] = [];
  const events = (async () => {
    for await (const { frame } of person.stream(other)) frames.push(frame);
  })();
  socket.say({ type: 'message', text: 'What helps?' });
  await socket.next('chunk');

  expect((await person.call('DELETE', '/api/me', { password: 'not it' })).status).toBe(403);
  const { status, body } = await person.call('DELETE', '/api/me', { password: PASSWORD });
  expect([status, body]).toEqual([202, { status: 'deleted' }]);

  expect((await person.call('GET', '/api/me')).status).toBe(401);
  expect((await idle.closed).code).toBe(4001);
  expect([4001, 4003]).toContain((await socket.closed).code);
  await events;
  expect(frames.at(-1)).toMatchObject({ type: 'error', code: 'token_expired' });
  // The worker has noticed, too.
  while (cluster.ollama.running().length > 0) await new Promise(setImmediate);
  await untilErased(id);
});

test('a stream of a token without a session ends, too', async () => {
  const person = await Person.register(url);
  const id = await idOf(person);
  const sessionless = new Person(url, tokenFor(id));
  const socket = await TestSocket.open(sessionless, await person.newConversation());
  await person.call('DELETE', '/api/me', { password: PASSWORD });
  expect((await socket.closed).code).toBe(4001);
  expect((await sessionless.call('GET', '/api/me')).status).toBe(401);
  await untilErased(id);
});

test('ending a session ends its streams, and not those of another session', async () => {
  const person = await Person.register(url);
  const { email } = (await person.call('GET', '/api/me')).body;
  const signedIn = await person.call('POST', '/api/auth/login', { email, password: PASSWORD });
  const phone = new Person(url, signedIn.body.accessToken);
  const conversation = await person.newConversation();
  const [here, there] = [
    await TestSocket.open(person, conversation),
    await TestSocket.open(phone, conversation),
  ];
  const { sid } = jwt.decode(phone.token) as { sid: string };
  expect((await person.call('DELETE', `/api/me/sessions/${sid}`)).status).toBe(204);
  expect((await there.closed).code).toBe(4001);
  expect(await person.send(conversation, 'Still here?')).toMatchObject({ status: 202 });
  await here.next('done');
});
