import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app.stop());

const BUILT = join(import.meta.dirname, '../../dist/src/client/index.js');

/** A program that uses the built package. */
const PROGRAM = `
  import { createClient } from '${BUILT}';
  const [url, token, id, transport] = process.argv.slice(1);
  const client = createClient({ url, token, transports: [transport] });
  const conversation = client.conversation(id);
  const frames = conversation.frames();
  await conversation.send({ text: 'hello' });
  for await (const frame of frames) {
    if (frame.type === 'chunk') process.stdout.write(frame.data);
    if (frame.type === 'done') break;
  }
  client.close();
`;

test.each(['socketio', 'websocket', 'sse', 'polling'])(
  'a program that uses %s ends by itself when the client is closed',
  async (transport) => {
    const person = await Person.register(app.url);
    const id = await person.newConversation();
    const args = ['--input-type=module', '-e', PROGRAM, app.url, person.token, id, transport];
    const program = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    program.stdout.on('data', (data: Buffer) => {
      said += data.toString();
    });
    const [code] = await once(program, 'close');
    expect(code).toBe(0);
    expect(said.startsWith('hello')).toBe(true);
  },
);
