import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Bystander } from '../support/bystander.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';

/** Frames of an attack: far more than a connection may send. */
const FLOOD = 40_000;

let cluster: Cluster;
let gateway: Product;
let attacker: Person;
let stranger: Person;
let bystander: Bystander;

beforeAll(async () => {
  cluster = await Cluster.start();
  [gateway] = await Promise.all([cluster.gateway(), cluster.worker()]);
  [attacker, stranger] = await Promise.all([Person.register(gateway.url), Person.register(gateway.url)]);
  bystander = await Bystander.at(gateway);
});

afterAll(async () => {
  await bystander.leave();
  await cluster.stop();
});

async function engineSocket(): Promise<WebSocket> {
  const url = `${gateway.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
  const socket = new WebSocket(url);
  socket.on('error', () => {});
  await once(socket, 'message');
  return socket;
}

/** Sends as fast as it goes until the server has closed the connection. Returns the close code. */
async function flood(socket: WebSocket, send: (at: number) => void): Promise<number> {
  return bystander.during(async () => {
    const closed = once(socket, 'close') as Promise<[number]>;
    for (let at = 0; at < FLOOD && socket.readyState === socket.OPEN; at += 1) {
      send(at);
      if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return (await closed)[0];
  });
}

const attack = (socket: WebSocket, frame: (at: number) => string): Promise<number> =>
  flood(socket, (at) => socket.send(frame(at)));

function warnings(): number {
  return gateway.lines.filter((line) => line.includes('"warn"')).length;
}

test('made-up tickets over a Socket.IO connection end it after a few attempts', async () => {
  const before = warnings();
  await attack(await engineSocket(), (at) => `40{"ticket":"made-up-${at}"}`);
  expect(warnings() - before).toBeLessThan(20);
});

test('an unknown event at full speed ends the connection', async () => {
  const socket = await engineSocket();
  socket.send(`40${JSON.stringify({ token: attacker.token })}`);
  await once(socket, 'message');
  await attack(socket, () => '42["nonsense"]');
});

test('joining and leaving at full speed ends the connection', async () => {
  const conversationId = await attacker.newConversation();
  const socket = await engineSocket();
  socket.send(`40${JSON.stringify({ token: attacker.token })}`);
  await once(socket, 'message');
  await attack(socket, (at) => `42${JSON.stringify([at % 2 ? 'leave' : 'join', { conversationId }])}`);
});

test('probes of an upgrade that is never completed end the connection', async () => {
  const polling = `${gateway.url}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(polling)).text()).slice(1)) as { sid: string };
  const socket = new WebSocket(
    `${gateway.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&sid=${sid}`,
  );
  socket.on('error', () => {});
  let answers = 0;
  socket.on('message', () => {
    answers += 1;
  });
  await once(socket, 'open');
  await attack(socket, () => '2probe');
  expect(answers).toBeLessThan(FLOOD / 4);
});

test('frames, pings and pongs of a raw WebSocket at full speed end it with 4029', async () => {
  for (const send of ['frame', 'ping', 'pong'] as const) {
    const conversation = await attacker.newConversation();
    const url = `${gateway.url.replace('http', 'ws')}/ws/conversations/${conversation}?token=${attacker.token}`;
    const socket = new WebSocket(url);
    socket.on('error', () => {});
    await once(socket, 'open');
    const code = await flood(socket, () => {
      if (send === 'frame') socket.send('{"type":"nonsense"}');
      else socket[send]();
    });
    expect(code).toBe(4029);
  }
});

test('a socket joins 200 conversations and no more, without a warning of Node', async () => {
  const socket = await engineSocket();
  socket.send(`40${JSON.stringify({ token: attacker.token })}`);
  await once(socket, 'message');
  const answers: { ok: boolean; error?: { code: string } }[] = [];
  const all = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const answer = /^43\d+(\[.*)$/.exec(data.toString())?.[1];
      if (answer === undefined) return;
      answers.push((JSON.parse(answer) as [{ ok: boolean }])[0]);
      if (answers.length === 201) resolve();
    });
  });
  await bystander.during(async () => {
    for (let at = 0; at <= 200; at += 1) {
      const conversationId = await attacker.newConversation();
      socket.send(`42${at}${JSON.stringify(['join', { conversationId }])}`);
    }
    await all;
  });
  expect(answers.filter(({ ok }) => ok)).toHaveLength(200);
  expect(answers.at(-1)).toMatchObject({ ok: false, error: { code: 'rate_limited' } });
  expect(gateway.stderr).not.toContain('MaxListeners');
  socket.terminate();
});

test('a user has at most 500 streams open, and another user has theirs', async () => {
  const conversation = await attacker.newConversation();
  const open = new AbortController();
  const path = `/api/conversations/${conversation}/stream`;
  const stream = (person: Person) =>
    fetch(person.url + path, {
      headers: { Authorization: `Bearer ${person.token}` },
      signal: open.signal,
    });
  // Kept, because a response that is collected as garbage closes its connection.
  const responses: Response[] = [];
  await bystander.during(async () => {
    for (let at = 0; at < 520; at += 20) {
      responses.push(...(await Promise.all(Array.from({ length: 20 }, () => stream(attacker)))));
    }
  });
  const statuses = responses.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(500);
  expect(statuses.filter((status) => status === 429)).toHaveLength(20);
  const own = await stranger.newConversation();
  const other = await stranger.open('GET', `/api/conversations/${own}/stream`);
  expect(other.status).toBe(200);
  await other.body?.cancel();
  open.abort();
});
