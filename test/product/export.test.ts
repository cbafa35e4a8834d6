import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { userExport } from '../../src/schemas/answer-schemas.js';
import { Cli } from '../support/cli.js';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { encryptionEnv } from '../support/encryption.js';
import { wav } from '../support/files.js';
import { withClient } from '../support/postgres.js';
import type { Product } from '../support/product.js';

let cluster: Cluster;
let product: Product;

beforeAll(async () => {
  cluster = await Cluster.start();
  product = await cluster.all();
});

afterAll(() => cluster.stop());

test('has everything of the user, and nothing of another', async () => {
  const [ann, ben] = [await Person.register(product.url), await Person.register(product.url)];
  const [first, second] = [await ann.newConversation(), await ann.newConversation()];
  const texts = Array.from({ length: 12 }, (_, n) => `Question ${n} "with" \u2028 ⚠️`);
  for (const text of texts) await ann.chat(first, text);
  const bens = await ben.newConversation();
  await ben.chat(bens, 'Only Ben knows this.');
  cluster.ollama.script({ text: ['Drink ', 'water.'], fault: 'stall', after: 1 });
  await ann.send(second, 'And now?');
  for (;;) {
    const { body } = await ann.call('GET', `/api/conversations/${second}/messages`);
    if (body.items.at(-1).content !== '') break;
  }

  // Longer than a piece of its bytes in the database.
  const [recording, unused] = [wav(20), wav(1)];
  const attachment = (await ann.upload(new File([new Uint8Array(recording)], 'voice.wav'))).body;
  expect((await ann.upload(new File([new Uint8Array(unused)], 'voice.wav'))).status).toBe(201);
  const turns = [
    { role: 'user', content: 'I have a cold.' },
    { role: 'assistant', content: 'Since when?' },
    { role: 'user', content: 'Since Monday.' },
  ];
  const completed = await ann.call('POST', '/v1/chat/completions', { model: 'llama3.2', messages: turns });
  expect(completed.status).toBe(200);

  const answers = `/api/conversations/${first}/messages`;
  const answer = (await ann.call('GET', answers)).body.items[1];
  const opinion = { rating: 'down', reason: 'wrong', comment: 'Only Ann says this.' };
  expect(await ann.call('PUT', `${answers}/${answer.id}/feedback`, opinion)).toMatchObject({
    status: 200,
    body: opinion,
  });

  const response = await ann.open('GET', '/api/me/export');
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('content-disposition')).toContain('attachment');
  const document = userExport.parse(await response.json());
  expect(document.user).toMatchObject({ kind: 'local', ...(await ann.call('GET', '/api/me')).body });
  expect(document.sessions).toEqual([expect.objectContaining({ revokedAt: null })]);
  expect(document.conversations.slice(0, 2).map(({ id }) => id)).toEqual([first, second]);
  expect(document.conversations[0]?.messages[1]).toEqual({ ...answer, feedback: opinion });
  const env = { DATABASE_URL: cluster.database.url, ...encryptionEnv };
  const exported = await Cli.run(['feedback', 'export'], { env });
  expect([exported.code, exported.stderr]).toEqual([0, '']);
  const rated = { ...opinion, messageId: answer.id, conversationId: first, model: answer.model };
  expect(
    exported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([{ ratedAt: expect.any(String), ...rated }]);
  expect(document.conversations).toHaveLength(3);
  expect(JSON.stringify(document.conversations[2]?.requests)).toContain('Since when?');
  expect(document.attachments).toEqual([
    { ...attachment, messageId: null, createdAt: expect.any(String), content: recording.toString('base64') },
    expect.objectContaining({ content: unused.toString('base64') }),
  ]);
  const shown = async (id: string) =>
    (await ann.call('GET', `/api/conversations/${id}/messages?limit=100`)).body.items;
  expect(document.conversations[0]?.messages).toEqual(await shown(first));
  expect(document.conversations[1]?.messages).toEqual(await shown(second));
  expect(document.conversations[1]?.messages[1]).toMatchObject({ status: 'streaming', content: 'Drink ' });
  expect(JSON.stringify(document)).not.toContain('Only Ben');
});

test('needs a token, and is limited', async () => {
  expect((await fetch(`${product.url}/api/me/export`)).status).toBe(401);
  const person = await Person.register(product.url);
  for (let n = 0; n < 20; n++) expect((await person.call('GET', '/api/me/export')).status).toBe(200);
  const { status, headers } = await person.call('GET', '/api/me/export');
  expect([status, Number(headers.get('retry-after')) > 0]).toEqual([429, true]);
});

test('is never in memory: it waits for its reader, and goes on to the end', async () => {
  const person = await Person.register(product.url);
  await person.chat(await person.newConversation(), 'What helps?');
  const { id } = (await person.call('GET', '/api/me')).body;
  // Some 150 MB of garbage may wait for its collection, however long the document is.
  const megabytes = 450;
  await fillWithText(id, megabytes);
  const before = await peakMemory(product);
  const responses = await Promise.all([1, 2, 3].map(() => open(person)));
  // Everything between server and reader is full, and the gateway still answers.
  for (let n = 0; n < 30; n++) await person.call('GET', '/api/conversations');
  let bytes = 0;
  const [one, ...others] = responses;
  for (const other of others) other.destroy();
  if (!one) throw new Error('no response');
  let end = '';
  for await (const piece of one) {
    bytes += piece.length;
    end = String(piece).slice(-4);
  }
  expect(bytes).toBeGreaterThan((megabytes - 1) * 1_000_000);
  expect(end.endsWith(']}\n')).toBe(true);
  expect((await peakMemory(product)) - before).toBeLessThan(megabytes * 1_000_000);
});

/** Makes the answers of the user long, `megabytes` in all. */
async function fillWithText(userId: string, megabytes: number): Promise<void> {
  await withClient(cluster.database.url, async (client) => {
    await client.query(
      `insert into messages (id, conversation_id, seq, role, content)
       select gen_random_uuid(), c.id, g, 'user', repeat('0123456789', 100000)
       from conversations c, generate_series(2, ${megabytes}) g where c.user_id = $1`,
      [userId],
    );
    await client.query(
      `insert into generations (id, conversation_id, seq, client_message_id, request_hash, status, ended_at, bytes)
       select m.id, m.conversation_id, m.seq, 'filled ' || m.seq, '', 'complete', now(), 0
       from messages m join conversations c on c.id = m.conversation_id
       where c.user_id = $1 and m.seq > 1`,
      [userId],
    );
  });
}

async function open(person: Person): Promise<IncomingMessage> {
  const headers = { Authorization: `Bearer ${person.token}` };
  const request = get(`${person.url}/api/me/export`, { headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

/** In bytes; what the process has ever had. */
async function peakMemory({ process }: Product): Promise<number> {
  const status = await readFile(`/proc/${process.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) * 1024;
}
