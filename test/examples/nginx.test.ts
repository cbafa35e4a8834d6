import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Conversation, TransportName, View } from '../../src/client/index.js';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import { answers, Clients, hasEnded, isLive, viewWhere } from '../client/support.js';
import { CERTIFICATE } from '../support/certificate.js';
import { Person } from '../support/client.js';
import { type Nginx, startNginx } from '../support/nginx.js';
import { freePort } from '../support/redis.js';
import { TestSocket } from '../support/socket.js';
import { Client } from '../transports/socketio/client.js';
import { Deployment } from './deployment.js';
import { findings } from './doctor.js';

const TRANSPORTS: readonly TransportName[] = ['socketio', 'websocket', 'sse', 'polling'];
/** What the model says, token by token. */
const TOKENS = ['Rest, ', 'नमस्ते, ', 'and ', 'drink ', 'something ', 'warm ', '👩🏽‍⚕️ ', 'today.'];
const TEXT = TOKENS.join('');
const BEGINNING = TOKENS.slice(0, 5).join('');

let deployment: Deployment;
let nginx: Nginx;
let person: Person;
const clients = new Clients();

beforeAll(async () => {
  deployment = await Deployment.start();
  nginx = await startNginx(config());
  person = await Person.register(nginx.url);
});

function config(): string {
  const [one = '', other = ''] = deployment.addresses;
  return readFileSync(join(import.meta.dirname, '../../examples/nginx.conf'), 'utf8')
    .replaceAll('10.0.0.11:3000', one)
    .replaceAll('10.0.0.12:3000', other);
}

beforeEach(() => deployment.ollama.defaultScript({ text: TOKENS, fault: 'stall', after: 5 }));
afterEach(() => clients.closeAll());
afterAll(async () => {
  await nginx.stop();
  await deployment.stop();
});

async function openOver(transport: TransportName): Promise<Conversation> {
  const client = clients.of(person, { transports: [transport] });
  const conversation = client.conversation(await person.newConversation());
  await viewWhere(conversation, isLive);
  return conversation;
}

const shows = (text: string) => (view: View) => answers(view).at(-1)?.content === text;

test.each(TRANSPORTS)('over %s text comes while the model is still writing', async (transport) => {
  const conversation = await openOver(transport);
  const { messageId } = await conversation.send({ text: 'What helps?' });
  const view = await viewWhere(conversation, shows(BEGINNING));
  expect(answers(view)).toEqual([expect.objectContaining({ status: 'streaming' })]);
  expect(view).toMatchObject({ state: 'live', transport });
  await conversation.stop();
  await viewWhere(conversation, hasEnded(messageId));
});

test('every answer is complete while all gateways and workers are replaced', async () => {
  const all = await Promise.all(TRANSPORTS.map(openOver));
  const sent = await Promise.all(all.map((conversation) => conversation.send({ text: 'What helps?' })));
  await Promise.all(all.map((conversation) => viewWhere(conversation, shows(BEGINNING))));
  for (const gateway of [0, 1]) {
    await deployment.stopGateway(gateway);
    // All continue at the other gateway.
    await Promise.all(all.map((conversation) => viewWhere(conversation, isLive)));
    for (let request = 0; request < 4; request++) {
      expect(await person.call('GET', '/api/me')).toMatchObject({ status: 200 });
    }
    await deployment.startGateway(gateway);
  }
  deployment.ollama.defaultScript({ text: TOKENS });
  await deployment.replaceWorker();
  const views = await Promise.all(
    all.map((conversation, index) => viewWhere(conversation, hasEnded(sent[index]?.messageId ?? ''))),
  );
  expect(views.map((view) => answers(view)[0]?.content)).toEqual(
    TRANSPORTS.map(() => `${TEXT}\n\n${DISCLAIMER}`),
  );
});

test('Socket.IO works over long-polling', async () => {
  deployment.ollama.defaultScript({ text: TOKENS });
  const conversationId = await person.newConversation();
  const client = await Client.joined(person, conversationId, { transports: ['polling'] });
  const { messageId } = await client.ask('message', { conversationId, text: 'What helps?' });
  const { message } = await client.next('done');
  expect(client.transcript(conversationId).textOf(messageId)).toBe(message.content);
  client.close();
});

test('its own pages may open sockets, others may not', async () => {
  const path = `/ws/conversations/${await person.newConversation()}?token=${person.token}`;
  const own = new TestSocket(nginx.url, path, { origin: nginx.url });
  await own.next('ready');
  await own.close();
  const foreign = new TestSocket(nginx.url, path, { origin: 'https://example.net' });
  expect(await foreign.closed).toMatchObject({ code: 4003 });
});

test('answers are compressed, and event streams are not', async () => {
  const id = await person.newConversation();
  const encodingOf = async (path: string): Promise<string | null> => {
    const response = await person.open('GET', path, undefined, { 'Accept-Encoding': 'gzip' });
    await response.body?.cancel();
    return response.headers.get('content-encoding');
  };
  expect(await encodingOf('/openapi.json')).toBe('gzip');
  expect(await encodingOf(`/api/conversations/${id}/stream`)).toBeNull();
});

test('it sends HSTS over HTTPS, and not over HTTP', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'veda-tls-'));
  const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await Promise.all([writeFile(certificate, CERTIFICATE.cert), writeFile(key, CERTIFICATE.key)]);
  const port = await freePort();
  const listen = `listen 127.0.0.1:${port} ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key};`;
  const secure = await startNginx(config().replace('listen 80;', `listen 80; ${listen}`));
  try {
    const ask = { port, path: '/health/live', ca: CERTIFICATE.cert };
    const [response] = (await once(get({ ...ask, host: '127.0.0.1' }), 'response')) as [IncomingMessage];
    response.resume();
    expect(response.headers['strict-transport-security']).toBe('max-age=31536000');
    const plain = await fetch(`${secure.url}/health/live`);
    expect(plain.headers.has('strict-transport-security')).toBe(false);
  } finally {
    await secure.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

test('the doctor finds no fault in it', async () => {
  deployment.ollama.defaultScript({ text: TOKENS });
  expect(await findings(nginx.url, person)).toEqual([]);
});

test('neither tokens nor tickets are in its logs, also when no gateway answers', async () => {
  const id = await person.newConversation();
  const { ticket } = (await person.call('POST', '/api/stream-tickets')).body;
  const read = new TestSocket(nginx.url, `/ws/conversations/${id}?ticket=${ticket}`);
  await read.next('ready');
  await read.close();
  await Promise.all([deployment.stopGateway(0), deployment.stopGateway(1)]);
  const secrets = [ticket, person.token];
  for (const query of [`?ticket=${ticket}`, `?token=${person.token}`]) {
    const { status } = await person.open('GET', `/api/conversations/${id}/stream${query}`);
    expect(status).toBe(502);
  }
  const said = (await nginx.log('access.log')) + (await nginx.log('error.log'));
  expect(said).toContain(`"GET /ws/conversations/${id}" 101`);
  expect(said).toContain(`"GET /api/conversations/${id}/stream" 502`);
  for (const secret of secrets) expect(said).not.toContain(secret);
});
