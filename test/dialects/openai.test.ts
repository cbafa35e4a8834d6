import OpenAI from 'openai';
import { Person } from '../support/client.js';
import type { Cluster } from '../support/cluster.js';
import { withClient } from '../support/postgres.js';
import type { Product } from '../support/product.js';
import { ANSWER, ENDING, HALF, stall, startTwoGateways, TOKENS } from './two-gateways.js';

type ResponseEvent = OpenAI.Responses.ResponseStreamEvent;

const MODELS = ['llama3.2', 'mistral'];
let cluster: Cluster;
let worker: Product;
let gateways: [Product, Product];
let person: Person;
/** The same person's client at either gateway. */
let here: OpenAI;
let there: OpenAI;
let model: string;

beforeAll(async () => {
  ({ cluster, worker, gateways } = await startTwoGateways({
    STREAM_RETENTION_SECONDS: '1',
    OLLAMA_MODEL: MODELS.join(),
  }));
});

beforeEach(async () => {
  // An answer that was stopped before the model was asked left its script.
  cluster.ollama.clearScripts();
  person = await Person.register(gateways[0].url);
  here = clientAt(gateways[0].url);
  there = clientAt(gateways[1].url);
  model = (await here.models.list()).data[0]?.id ?? '';
});

afterAll(() => cluster.stop());

function clientAt(url: string, apiKey: string = person.token): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What the model was given last: its turns, without the system prompt. */
function asked(): string[] {
  const { body } = cluster.ollama.requests().at(-1) as { body: { messages: { content: string }[] } };
  return body.messages.slice(1).map(({ content }) => content);
}

async function conversations(): Promise<{ id: string; title: string }[]> {
  return (await person.call('GET', '/api/conversations')).body.items;
}

/** The text that events tell: joined since the item was added last. */
class Shown {
  text = '';
  readonly events: ResponseEvent[] = [];

  take(event: ResponseEvent): void {
    this.events.push(event);
    if (event.type === 'response.output_item.added') this.text = '';
    if (event.type === 'response.output_text.delta') this.text += event.delta;
  }
}

async function readAll(stream: AsyncIterable<ResponseEvent>, shown = new Shown()): Promise<Shown> {
  for await (const event of stream) shown.take(event);
  return shown;
}

test('models are listed, and found by their name', async () => {
  const { data } = await here.models.list();
  expect(data.map(({ id }) => id)).toEqual(MODELS);
  expect(data[0]).toEqual({ id: model, object: 'model', created: 0, owned_by: 'veda-gateway' });
  expect(await here.models.retrieve(model)).toEqual(data[0]);
  await expect(here.models.retrieve('another')).rejects.toMatchObject({ status: 404, param: 'model' });
});

test('the model that is asked for answers', async () => {
  const [, other = ''] = MODELS;
  const messages = [{ role: 'user' as const, content: 'hello' }];
  const answers = [
    await here.responses.create({ model: other, input: 'hello' }),
    await here.chat.completions.create({ model: other, messages }),
  ];
  for (const answer of answers) expect(answer.model).toBe(other);
  const asked = cluster.ollama.requests().slice(-2);
  expect(asked.map(({ body }) => (body as { model: string }).model)).toEqual([other, other]);
  expect((await here.responses.create({ input: 'hello' })).model).toBe(model);
  const unknown = here.chat.completions.create({ model: 'another', messages });
  await expect(unknown).rejects.toMatchObject({ status: 404, param: 'model' });
});

describe('Chat Completions', () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'I have a cold.' },
    { role: 'assistant', content: 'Since when?' },
    { role: 'user', content: [{ type: 'text', text: 'Since Monday.' }] },
  ] as const satisfies OpenAI.ChatCompletionMessageParam[];

  test('a whole answer, to the messages that were given', async () => {
    const completion = await here.chat.completions.create({
      model,
      messages: [...messages],
      temperature: 0.2,
    });
    expect(completion.choices).toMatchObject([
      { index: 0, message: { role: 'assistant', content: ANSWER }, finish_reason: 'stop' },
    ]);
    expect(completion).toMatchObject({ object: 'chat.completion', model });
    expect(completion.usage?.total_tokens).toBe(
      (completion.usage?.prompt_tokens ?? 0) + (completion.usage?.completion_tokens ?? 0),
    );
    expect(asked()).toEqual(['Be brief.', 'I have a cold.', 'Since when?', 'Since Monday.']);
  });

  test('a streamed answer, with the counts at its end', async () => {
    const stream = await here.chat.completions.create({
      model,
      messages: [...messages],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(ANSWER);
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: expect.any(Number) } });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    const final = await here.chat.completions
      .stream({ model, messages: [...messages] })
      .finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe(ANSWER);
  });

  test('nothing is listed, and all of it is erased', async () => {
    // While it runs nothing is erased.
    stall(cluster);
    const controller = new AbortController();
    const { signal } = controller;
    const created = here.chat.completions.create({ model, messages: [...messages] }, { signal });
    created.catch(() => {});
    while (cluster.ollama.running().length === 0) await turn();
    expect(await conversations()).toEqual([]);
    await withClient(cluster.database.url, async (client) => {
      const left = async () => {
        const { rows } = await client.query(
          `select content from messages union all select turns from dialect_requests`,
        );
        return JSON.stringify(rows);
      };
      expect(await left()).toContain('I have a cold');
      controller.abort();
      await here.chat.completions.create({ model, messages: [...messages] });
      expect(await conversations()).toEqual([]);
      while (/I have a cold|Since Monday/.test(await left())) await turn();
    });
  });

  test.each([true, false])('hanging up cancels the answer (streamed: %s)', async (streamed) => {
    stall(cluster);
    const controller = new AbortController();
    const create = here.chat.completions.create(
      { model, messages: [...messages], stream: streamed },
      { signal: controller.signal },
    );
    create.catch(() => {});
    while (cluster.ollama.running().length === 0) await turn();
    if (streamed) await create;
    controller.abort();
    while (cluster.ollama.running().length > 0) await turn();
  });

  test('a failure is an error of its own, and is not asked for again', async () => {
    const before = cluster.ollama.requests().length;
    cluster.ollama.script({ text: TOKENS, fault: 'error-line', after: 3 });
    const failed = here.chat.completions.create({ model, messages: [...messages] });
    await expect(failed).rejects.toMatchObject({ status: 502, code: 'llm_failed' });
    expect(cluster.ollama.requests().length).toBe(before + 1);
    cluster.ollama.script({ text: TOKENS, fault: 'error-line', after: 3 });
    const stream = await here.chat.completions.create({ model, messages: [...messages], stream: true });
    const read = async () => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toMatchObject({ code: 'llm_failed' });
  });

  test('the same Idempotency-Key is the same answer', async () => {
    const create = () =>
      here.chat.completions.create(
        { model, messages: [...messages] },
        { headers: { 'Idempotency-Key': 'once' } },
      );
    expect((await create()).id).toBe((await create()).id);
    const other = here.chat.completions.create(
      { model, messages: [{ role: 'user', content: 'Since Monday.' }] },
      { headers: { 'Idempotency-Key': 'once' }, maxRetries: 0 },
    );
    await expect(other).rejects.toMatchObject({ status: 409, code: 'idempotency_mismatch' });
  });

  test.each([
    ['n', { n: 2 }],
    ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['stop', { stop: ['\n'] }],
    ['messages.0.role', { messages: [{ role: 'tool', content: 'x', tool_call_id: 'x' }] }],
    ['messages', { messages: [{ role: 'assistant', content: 'x' }] }],
    ['messages', { messages: [{ role: 'user', content: [{ type: 'file', file: {} }] }] }],
  ])('%s is refused, by its name', async (param, fields) => {
    const body = { model, messages: [{ role: 'user', content: 'hello' }], ...fields } as never;
    const error = await here.chat.completions.create(body).catch((error: unknown) => error);
    expect(error).toMatchObject({ status: 400, param, type: 'invalid_request_error', code: 'bad_request' });
    expect(String(error)).toContain(param);
    expect((error as InstanceType<typeof OpenAI.APIError>).requestID).toEqual(expect.any(String));
  });

  test('what changes nothing is let pass', async () => {
    const completion = await here.chat.completions.create({
      messages: [{ role: 'user', content: 'hello' }],
      model,
      n: 1,
      tools: [],
      temperature: 0,
      max_tokens: 10,
      user: 'somebody',
      seed: 1,
      stop: null,
      something_new: true,
    } as never);
    expect((completion as OpenAI.ChatCompletion).choices[0]?.message.content).toBe(ANSWER);
  });

  test('a token that is none is 401', async () => {
    const stranger = clientAt(gateways[0].url, 'no.to.ken');
    await expect(stranger.models.list()).rejects.toMatchObject({ status: 401, code: 'unauthorized' });
  });
});

describe('Responses', () => {
  test('a whole response, and the next one after it', async () => {
    const first = await here.responses.create({ model, input: 'What helps?', metadata: { case: '7' } });
    expect(first).toMatchObject({
      object: 'response',
      status: 'completed',
      output_text: ANSWER,
      model,
      error: null,
      metadata: { case: '7' },
      usage: { total_tokens: expect.any(Number) },
    });
    const second = await there.responses.create({
      model,
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'And then?' }] }],
      instructions: 'Be brief.',
      previous_response_id: first.id,
    });
    expect(second.previous_response_id).toBe(first.id);
    expect(asked()).toEqual(['What helps?', TOKENS.join(''), 'Be brief.', 'And then?']);
    await here.responses.create({ model, input: 'Is that all?', previous_response_id: second.id });
    expect(asked()).toEqual(['What helps?', TOKENS.join(''), 'And then?', TOKENS.join(''), 'Is that all?']);
    const branch = await here.responses.create({ model, input: 'Or else?', previous_response_id: first.id });
    expect(asked()).toEqual(['What helps?', TOKENS.join(''), 'Or else?']);
    await here.responses.create({ model, input: 'Why?', previous_response_id: branch.id });
    expect(asked()).toEqual(['What helps?', TOKENS.join(''), 'Or else?', TOKENS.join(''), 'Why?']);
    expect((await conversations()).map(({ title }) => title).toSorted()).toEqual(['Or else?', 'What helps?']);
    expect(await there.responses.retrieve(first.id)).toEqual(first);
  });

  test('a response has each field that Open Responses requires, streamed and whole', async () => {
    const text = expect.any(String);
    const count = expect.any(Number);
    const input = [
      { type: 'message' as const, role: 'system' as const, content: 'Be brief.' },
      { type: 'message' as const, role: 'user' as const, content: 'What helps?' },
    ];
    const whole = await here.responses.create({ model, input });
    const { events } = await readAll(await here.responses.create({ model, input, stream: true }));
    const last = events.at(-1);
    for (const response of [whole, last?.type === 'response.completed' ? last.response : undefined]) {
      expect(response).toMatchObject({
        id: text,
        object: 'response',
        created_at: count,
        completed_at: count,
        status: 'completed',
        incomplete_details: null,
        model: text,
        previous_response_id: null,
        instructions: null,
        output: [{ type: 'message', id: text, status: 'completed', role: 'assistant' }],
        error: null,
        tools: [],
        tool_choice: 'auto',
        truncation: text,
        parallel_tool_calls: expect.any(Boolean),
        text: { format: { type: 'text' } },
        top_p: count,
        presence_penalty: count,
        frequency_penalty: count,
        top_logprobs: count,
        temperature: count,
        reasoning: { effort: null, summary: null },
        usage: { input_tokens: count, output_tokens: count, total_tokens: count },
        max_output_tokens: null,
        max_tool_calls: null,
        store: true,
        background: false,
        service_tier: text,
        metadata: {},
        safety_identifier: null,
        prompt_cache_key: null,
      });
    }
  });

  test('a response in a conversation that was begun elsewhere', async () => {
    const id = await person.newConversation();
    await person.chat(id, 'What helps?');
    const response = await here.responses.create({ model, input: 'And then?', conversation: id });
    expect(response.conversation).toEqual({ id });
    expect(asked()).toEqual(['What helps?', TOKENS.join(''), 'And then?']);
    const { items } = (await person.call('GET', `/api/conversations/${id}/messages`)).body;
    expect(items.at(-1).content).toBe(response.output_text);
    const none = here.responses.create({ model, input: 'hello', conversation: 'conv_none' });
    await expect(none).rejects.toMatchObject({ status: 404, param: 'conversation' });
  });

  test('events tell the answer in the order and with the numbers that clients expect', async () => {
    const stream = await here.responses.create({ model, input: 'What helps?', stream: true });
    const { events, text } = await readAll(stream);
    expect(text).toBe(ANSWER);
    expect(events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const numbers = events.map(({ sequence_number }) => sequence_number);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
    const bytes = Buffer.byteLength(ANSWER);
    expect(numbers.slice(-4)).toEqual([bytes + 4, bytes + 5, bytes + 6, bytes + 7]);
    const final = await here.responses.stream({ model, input: 'What helps?' }).finalResponse();
    expect(final).toMatchObject({ status: 'completed', output_text: ANSWER });
  });

  test('a background response, cut at any event, goes on at another gateway', async () => {
    cluster.ollama.script({ text: TOKENS, tokensPerSecond: 20 });
    const created = await here.responses.create({ model, input: 'What helps?', background: true });
    expect(['queued', 'in_progress']).toContain(created.status);
    const first = new Shown();
    const resumed: Promise<string>[] = [];
    const after = async (number: number, text: string): Promise<string> => {
      const shown = new Shown();
      shown.text = text;
      const stream = await there.responses.retrieve(created.id, { stream: true, starting_after: number });
      await readAll(stream, shown);
      for (const { sequence_number } of shown.events) expect(sequence_number).toBeGreaterThan(number);
      return shown.text;
    };
    for await (const event of await here.responses.retrieve(created.id, { stream: true })) {
      first.take(event);
      resumed.push(after(event.sequence_number, first.text));
    }
    expect(first.text).toBe(ANSWER);
    for (const text of await Promise.all(resumed)) expect(text).toBe(ANSWER);
    // And once it has ended.
    const again = new Shown();
    for (const event of first.events) {
      again.take(event);
      expect(await after(event.sequence_number, again.text)).toBe(ANSWER);
    }
    expect((await there.responses.retrieve(created.id)).output_text).toBe(ANSWER);
    const last = first.events.at(-1)?.sequence_number ?? 0;
    await expect(after(last + 1, '')).rejects.toMatchObject({ status: 400, param: 'starting_after' });
    await expect(after(2 ** 32 + 10, '')).rejects.toMatchObject({ status: 400 });
  });

  test('a worker that is killed in mid-answer, and a gateway that drains, lose nothing', async () => {
    const leaving = await cluster.gateway();
    stall(cluster);
    const stream = await clientAt(leaving.url).responses.create({
      model,
      input: 'What helps?',
      background: true,
      stream: true,
    });
    const shown = new Shown();
    const stopped: Promise<number | null>[] = [];
    const read = async (): Promise<void> => {
      for await (const event of stream) {
        shown.take(event);
        if (shown.text === HALF && stopped.length === 0) stopped.push(leaving.stop());
      }
    };
    await expect(read()).rejects.toThrow('terminated');
    const [created] = shown.events;
    const id = created?.type === 'response.created' ? created.response.id : '';
    const starting_after = shown.events.at(-1)?.sequence_number ?? 0;
    const rest = readAll(await there.responses.retrieve(id, { stream: true, starting_after }), shown);
    [worker] = await Promise.all([cluster.worker(), worker.stop('SIGKILL')]);
    await rest;
    expect(shown.text).toBe(ANSWER);
    expect(await stopped[0]).toBe(0);
    const numbers = shown.events.map(({ sequence_number }) => sequence_number);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
  });

  test('an answer that is begun anew is an item that takes the place of the one before', async () => {
    stall(cluster);
    const stream = await here.responses.create({ model, input: 'What helps?', stream: true });
    const shown = new Shown();
    for await (const event of stream) {
      shown.take(event);
      if (shown.text !== HALF || shown.events.filter(({ type }) => type.endsWith('item.added')).length > 1)
        continue;
      await worker.stop('SIGKILL');
      await cluster.redis.restart();
      worker = await cluster.worker();
    }
    expect(shown.text).toBe(ANSWER);
    expect(shown.events.filter(({ type }) => type === 'response.output_item.added')).toHaveLength(2);
    const numbers = shown.events.map(({ sequence_number }) => sequence_number);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
    const [created] = shown.events;
    const id = created?.type === 'response.created' ? created.response.id : '';
    const old = shown.events.find(({ type }) => type === 'response.output_text.delta')?.sequence_number ?? 0;
    const later = await readAll(await there.responses.retrieve(id, { stream: true, starting_after: old }));
    expect(later.text).toBe(ANSWER);
    expect(later.events[0]?.type).toBe('response.output_item.added');
  });

  test('a cancelled response keeps its text, and says so', async () => {
    stall(cluster);
    const stream = await here.responses.create({
      model,
      input: 'What helps?',
      background: true,
      stream: true,
    });
    const shown = new Shown();
    let cancelled: Promise<OpenAI.Responses.Response> | undefined;
    for await (const event of stream) {
      shown.take(event);
      const [created] = shown.events;
      if (shown.text === HALF && created?.type === 'response.created')
        cancelled ??= there.responses.cancel(created.response.id);
    }
    expect(await cancelled).toMatchObject({
      status: 'cancelled',
      output: [{ status: 'incomplete', content: [{ text: HALF + ENDING }] }],
    });
    expect(shown.events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { status: 'cancelled' },
    });
    expect(shown.text).toBe(HALF + ENDING);
  });

  test('a response that is deleted is not there, and its conversation goes with its last one', async () => {
    const first = await here.responses.create({ model, input: 'What helps?' });
    const second = await here.responses.create({ model, input: 'And?', previous_response_id: first.id });
    await there.responses.delete(first.id);
    await expect(here.responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
    expect(await conversations()).toHaveLength(1);
    await there.responses.delete(second.id);
    expect(await conversations()).toHaveLength(0);
  });

  test('a response that is not stored is listed nowhere and cannot be retrieved', async () => {
    const response = await here.responses.create({ model, input: 'What helps?', store: false });
    expect(response.output_text).toBe(ANSWER);
    expect(await conversations()).toEqual([]);
    await expect(here.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 });
    const background = here.responses.create({ model, input: 'x', store: false, background: true });
    await expect(background).rejects.toMatchObject({ status: 400, param: 'background' });
  });

  test("another person's response does not exist", async () => {
    const { id } = await here.responses.create({ model, input: 'What helps?' });
    const stranger = clientAt(person.url, (await Person.register(person.url)).token);
    for (const ask of [
      () => stranger.responses.retrieve(id),
      () => stranger.responses.cancel(id),
      () => stranger.responses.delete(id),
      () => stranger.responses.create({ model, input: 'And?', previous_response_id: id }),
    ]) {
      await expect(ask()).rejects.toMatchObject({ status: 404, code: 'not_found' });
    }
  });

  test('a failed response has its text, and the error', async () => {
    cluster.ollama.script({ text: TOKENS, fault: 'error-line', after: 3 });
    const response = await here.responses.create({ model, input: 'What helps?' });
    expect(response).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
    expect(response.output_text).toBe(HALF + ENDING);
  });
});
