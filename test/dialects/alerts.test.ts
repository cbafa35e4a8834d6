import OpenAI from 'openai';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';
import { agUiRun } from './ag-ui-run.js';
import { VERSIONS } from './chat.js';

const DANGER = 'Ich habe starke Schmerzen in der Brust.';
const ALERT = expect.objectContaining({
  rule: expect.stringMatching(/^chest-pain@/),
  severity: 'emergency',
  text: expect.stringMatching(/Notruf/),
});

let app: TestApp;
let person: Person;
let openai: OpenAI;

beforeAll(async () => {
  app = await startTestApp();
  person = await Person.register(app.url);
  openai = new OpenAI({ baseURL: `${app.url}/v1`, apiKey: person.token });
});

afterAll(() => app.stop());

test.each(VERSIONS)(
  'version %s of the AI SDK keeps the alert as a part before the text',
  async (_, chatOf) => {
    const chat = chatOf({ person });
    await chat.sendMessage({ text: DANGER });
    const answer = chat.messages.at(-1);
    const types = answer?.parts.map(({ type }) => type).filter((type) => type !== 'step-start');
    expect(types).toEqual(['data-alert', 'text']);
    expect(answer?.parts.find(({ type }) => type === 'data-alert')).toMatchObject({ data: ALERT });
    expect(answer?.metadata).toMatchObject({ alert: ALERT });
  },
);

test('AG-UI has it as a custom event before the text, and in the result', async () => {
  const events = await agUiRun(person, DANGER);
  const at = events.findIndex(({ name }) => name === 'alert');
  expect(events[at]).toMatchObject({ type: 'CUSTOM', value: { alert: ALERT } });
  expect(at).toBeLessThan(events.findIndex(({ type }) => type === 'TEXT_MESSAGE_START'));
  expect(events.at(-1)).toMatchObject({ type: 'RUN_FINISHED', result: { alert: ALERT } });
});

describe('OpenAI', () => {
  const messages = [{ role: 'user', content: DANGER }] as const;

  test('a completion has it, whole and in the first chunk of a streamed one', async () => {
    const whole = await openai.chat.completions.create({ model: 'echo', messages: [...messages] });
    expect(whole).toMatchObject({ alert: ALERT });
    const stream = await openai.chat.completions.create({
      model: 'echo',
      messages: [...messages],
      stream: true,
    });
    const chunks: object[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks[0]).toMatchObject({ alert: ALERT });
    expect(chunks[1]).not.toHaveProperty('alert');
  });

  test('a response has it from its creation on', async () => {
    const stream = await openai.responses.create({ input: DANGER, stream: true });
    const events: { type: string; response?: object }[] = [];
    for await (const event of stream) events.push(event);
    expect(events[0]).toMatchObject({ type: 'response.created', response: { alert: ALERT } });
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { alert: ALERT } });
    const calm = await openai.responses.create({ input: 'Was hilft gegen Husten?' });
    expect(calm).not.toHaveProperty('alert');
  });
});
