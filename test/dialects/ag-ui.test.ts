import { randomUUID } from 'node:crypto';
import { type Message as AgentMessage, type AgentSubscriber, HttpAgent } from '@ag-ui/client';
import type { Message } from '../../src/protocol/message.js';
import { Person } from '../support/client.js';
import type { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import { ANSWER, ENDING, HALF, stall, startTwoGateways, TOKENS } from './two-gateways.js';

let cluster: Cluster;
let worker: Product;
let gateways: [Product, Product];
let person: Person;

beforeAll(async () => {
  ({ cluster, worker, gateways } = await startTwoGateways());
});

beforeEach(async () => {
  // An answer that was stopped before the model was asked left its script.
  cluster.ollama.clearScripts();
  // The client also writes to the console what it throws.
  jest.spyOn(console, 'error').mockReturnValue();
  person = await Person.register(gateways[0].url);
});

afterAll(() => cluster.stop());

interface AgentOptions {
  readonly threadId?: string;
  readonly messages?: AgentMessage[];
  readonly at?: string;
  readonly token?: string;
}

function agentOf({
  threadId = randomUUID(),
  messages = [],
  at = person.url,
  token = person.token,
}: AgentOptions = {}): HttpAgent {
  return new HttpAgent({
    url: `${at}/api/ag-ui`,
    headers: { Authorization: `Bearer ${token}` },
    threadId,
    initialMessages: messages,
    fetch: fetchUntilBroken,
  });
}

/**
 * A connection that breaks ends the run for the agent without a word. In Node the client throws it where nobody can catch it,
 * and the process would end.
 */
async function fetchUntilBroken(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const reader = response.body?.getReader();
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { value } = (await reader?.read().catch(() => undefined)) ?? {};
      if (value) controller.enqueue(value);
      else controller.close();
    },
  });
  return new Response(body, response);
}

function question(content: string): AgentMessage {
  return { id: randomUUID(), role: 'user', content };
}

async function stored(): Promise<Message[]> {
  const { items } = (await person.call('GET', '/api/conversations')).body;
  expect(items).toHaveLength(1);
  return (await person.call('GET', `/api/conversations/${items[0].id}/messages`)).body.items;
}

/** Calls `then` once, when the agent's last message has this text. */
function whenShown(text: string, then: () => void): AgentSubscriber {
  let over = false;
  return {
    onMessagesChanged: ({ messages }) => {
      if (over || messages.at(-1)?.content !== text) return;
      over = true;
      then();
    },
  };
}

test('a thread is a conversation, and a run answers its newest message', async () => {
  const agent = agentOf();
  const types: string[] = [];
  const seen: AgentSubscriber = { onEvent: ({ event }) => void types.push(event.type) };
  agent.addMessage(question('What helps?'));
  const { result } = await agent.runAgent({}, seen);
  agent.addMessage(question('And then?'));
  await agent.runAgent();
  const rows = await stored();
  expect(rows.map(({ content }) => content)).toEqual(['What helps?', ANSWER, 'And then?', ANSWER]);
  expect(agent.messages.map(({ content }) => content)).toEqual(rows.map(({ content }) => content));
  expect(agent.messages[1]?.id).toBe(rows[1]?.id);
  expect(result).toMatchObject({ status: 'complete', usage: rows[1]?.usage, generatedBy: { ai: true } });
  const told = types.filter((type, index) => type !== 'CUSTOM' && type !== types[index - 1]);
  expect(told).toEqual([
    'RUN_STARTED',
    'TEXT_MESSAGE_START',
    'TEXT_MESSAGE_CONTENT',
    'TEXT_MESSAGE_END',
    'RUN_FINISHED',
  ]);
});

test('a run that was broken off goes on at another gateway when it is run again', async () => {
  const leaving = await cluster.gateway();
  const threadId = randomUUID();
  const agent = agentOf({ threadId, at: leaving.url });
  agent.addMessage(question('What helps?'));
  stall(cluster);
  const stopped: Promise<number | null>[] = [];
  await agent.runAgent(
    {},
    whenShown(HALF, () => stopped.push(leaving.stop())),
  );
  expect(agent.messages.at(-1)?.content).toBe(HALF);
  const again = agentOf({ threadId, messages: agent.messages, at: gateways[1].url });
  let shown = false;
  await again.runAgent(
    {},
    whenShown(HALF, () => {
      shown = true;
      void person.call('POST', `/api/ai-sdk/chat/${threadId}/stop`);
    }),
  );
  expect(shown).toBe(true);
  expect(again.messages.map(({ content }) => content)).toEqual(['What helps?', HALF + ENDING]);
  expect((await stored()).map(({ content }) => content)).toEqual(['What helps?', HALF + ENDING]);
  expect(await stopped[0]).toBe(0);
});

test('a worker that is killed loses nothing, and an answer that is begun anew takes the place of the old one', async () => {
  for (const lost of [false, true]) {
    const agent = agentOf();
    agent.addMessage(question('What helps?'));
    stall(cluster);
    let next: Promise<Product> | undefined;
    const restart = async (): Promise<Product> => {
      await worker.stop('SIGKILL');
      if (lost) await cluster.redis.restart();
      return cluster.worker();
    };
    await agent.runAgent(
      {},
      whenShown(HALF, () => {
        next = restart();
      }),
    );
    worker = (await next) ?? worker;
    expect(agent.messages.map(({ content }) => content)).toEqual(['What helps?', ANSWER]);
  }
});

test('a failure and a refusal are errors of its own', async () => {
  const agent = agentOf();
  agent.addMessage(question('What helps?'));
  cluster.ollama.script({ text: TOKENS, fault: 'error-line', after: 3 });
  let code: string | undefined;
  await agent.runAgent({}, { onRunErrorEvent: ({ event }) => void (code = event.code) }).catch(() => {});
  expect(code).toBe('llm_failed');
  expect(agent.messages.at(-1)?.content).toBe(HALF + ENDING);
  const stranger = agentOf({ token: 'no.to.ken', messages: [question('hello')] });
  await expect(stranger.runAgent()).rejects.toMatchObject({ status: 401, payload: { code: 'unauthorized' } });
  const mute = agentOf();
  await expect(mute.runAgent()).rejects.toMatchObject({ status: 400, payload: { code: 'bad_request' } });
});
