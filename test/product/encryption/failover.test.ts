import { randomUUID } from 'node:crypto';
import { DISCLAIMER } from '../../../src/generation/disclaimer.js';
import { BEGINNINGS, TRANSPORTS, watch } from '../../contract/delivery.js';
import { Person, Transcript } from '../../support/client.js';
import { Cluster } from '../../support/cluster.js';
import { keyFile, newKey } from '../../support/encryption.js';
import type { Product } from '../../support/product.js';

/** Characters of one to four bytes. */
const SPEECH = Array.from({ length: 12 }, () => [
  'Trinken Sie ',
  'पानी ',
  '👩🏽‍⚕️ ',
  'o\u0308, ',
  'viel 💧',
]).flat();
const BEGUN = 20;
const HALF = SPEECH.slice(0, BEGUN).join('');
const ANSWER = `${SPEECH.join('')}\n\n${DISCLAIMER}`;

let cluster: Cluster;
let gateways: [Product, Product];

beforeAll(async () => {
  cluster = await Cluster.start({ ENCRYPTION_KEY_FILE: await keyFile(newKey('k1')) });
  gateways = await Promise.all([cluster.gateway(), cluster.gateway()]);
});

afterAll(() => cluster.stop());

// Whoever waits for the whole answer sees nothing of a half.
const STREAMS = BEGINNINGS.filter(({ name }) => name !== 'REST');

test.each(STREAMS)(
  'begun on $name, its worker killed, gone on with at another gateway, to the byte',
  async (transport) => {
    const person = await Person.register(gateways[0].url);
    const first = await cluster.worker();
    cluster.ollama.script({ text: SPEECH, fault: 'stall', after: BEGUN });
    const conversation = await person.newConversation();
    const sent = { text: 'What helps?', client_message_id: randomUUID() };
    const { body } = await person.send(conversation, sent.text, sent);
    const transcript = new Transcript();
    transcript.cursor = body.cursor;
    const id: string = body.message.id;
    const viewer = transport.view(person, conversation, transcript.cursor, sent, transcript);
    await watch(viewer, transcript, () => transcript.textOf(id) === HALF);

    cluster.ollama.script({ text: SPEECH });
    const [, second] = await Promise.all([first.stop('SIGKILL'), cluster.worker()]);
    const there = person.at(gateways[1].url);
    const resumed = TRANSPORTS.find(({ name }) => name === transport.name) ?? TRANSPORTS[0];
    if (!resumed) throw new Error('no transport');
    const view = resumed.view(there, conversation, transcript.cursor, sent, transcript);
    await watch(view, transcript, ({ type }) => type === 'done');
    expect(transcript.textOf(id)).toBe(ANSWER);
    expect(transcript.frames.filter(({ type }) => type === 'reset')).toEqual([]);
    const stored = await there.call('GET', `/api/conversations/${conversation}/messages/${id}`);
    expect(stored.body).toMatchObject({ content: ANSWER, status: 'complete' });

    // From the rows, at each cursor.
    const again = new Transcript();
    for (const frame of transcript.frames) {
      if (frame.type !== 'chunk') continue;
      again.take(frame);
      const rest = new Transcript();
      const query = `?until=done&cursor=${frame.cursor}`;
      for await (const event of there.stream(conversation, { query })) rest.take(event.frame);
      expect(again.textOf(id) + rest.textOf(id)).toBe(ANSWER);
    }
    await second.stop();
  },
);
