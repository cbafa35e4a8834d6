import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { Person } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';

const TOKENS = ['Drink ', 'water.'];
/** Each answer is a connection to the model, and the worker may open fewer than that. */
const ANSWERS = 40;
const CONNECTIONS = 20;

let cluster: Cluster;
let gateway: Product;

beforeAll(async () => {
  cluster = await Cluster.start({ WORKER_CONCURRENCY: '200', LLM_IDLE_SECONDS: '600' });
  gateway = await cluster.gateway();
});

afterAll(() => cluster.stop());

/** From now on the process may open so many files and connections more. */
function leaveDescriptors({ process: { pid } }: Product, count: number): void {
  const open = readdirSync(`/proc/${pid}/fd`).length;
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${open + count}`]);
}

/** What became of the attempts of a worker that have ended. */
function attemptsOf({ lines }: Product): unknown[] {
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === 'generation')
    .map(({ status }) => status);
}

test('a worker that has no descriptors left gives answers back, and a healthy one makes them', async () => {
  // Every answer that this worker begins keeps its connection.
  cluster.ollama.defaultScript({ text: TOKENS, fault: 'stall', after: 1 });
  const short = await cluster.worker();
  leaveDescriptors(short, CONNECTIONS);
  const person = await Person.register(gateway.url);
  const conversations: string[] = [];
  for (let n = 0; n < ANSWERS; n++) {
    const conversation = await person.newConversation();
    expect((await person.send(conversation, 'What helps?')).status).toBe(202);
    conversations.push(conversation);
  }
  while (!attemptsOf(short).includes('released')) await new Promise(setImmediate);

  cluster.ollama.defaultScript({ text: TOKENS });
  await cluster.worker();
  await short.stop('SIGKILL');
  for (const conversation of conversations) {
    const answer = await person.chat(conversation, 'And then?');
    expect(answer).toMatchObject({ status: 'complete' });
    const { items } = (await person.call('GET', `/api/conversations/${conversation}/messages`)).body;
    expect(items[1]).toMatchObject({ role: 'assistant', status: 'complete' });
    expect(items[1].content.startsWith(TOKENS.join(''))).toBe(true);
  }
  // `lost`: its lease ran out meanwhile. That is no failure either.
  expect(attemptsOf(short).filter((status) => status !== 'released' && status !== 'lost')).toEqual([]);
});
