import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { Cli } from '../support/cli.js';
import { Person } from '../support/client.js';
import { CTRL_D, TypedCli } from '../support/terminal.js';

/** Clears the screen, fills the clipboard, hides a link's address, overwrites the line; with 7 and with 8 bits. */
const HOSTILE = '\u001b[2J\u001b]52;c;aGk=\u0007\u001b]8;;https://evil.example\u001b\\ok\rno\u009b2J';
const SHOWN = '␛[2J␛]52;c;aGk=␇␛]8;;https://evil.example␛\\ok␍no\ufffd2J';

/** Says it wherever a gateway says something of its own. */
function hostileGateway(): Server {
  return createServer((request, response) => {
    const say = (status: number, body: object): void => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    };
    const user = { id: '1', email: null, name: HOSTILE, createdAt: '2026-01-01T00:00:00.000Z' };
    if (request.url === '/api/auth/demo')
      return say(201, { user, accessToken: HOSTILE, refreshToken: 'r', expiresIn: 900 });
    if (request.url === '/health/live') return say(200, { status: 'live' });
    if (request.url === '/health/ready') return say(503, { missing: [HOSTILE] });
    return say(403, { code: 'forbidden', detail: HOSTILE, status: 403 });
  }).listen(0, '127.0.0.1');
}

describe('of a gateway', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = hostileGateway();
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const commands = [
    ['chat', '--token', 't'],
    ['chat', '--email', 'a@b.c'],
    ['token'],
    ['doctor', '--token', 't', '--idle', '0'],
  ];

  test.each(commands)('%s shows it to a terminal as signs', async (...args) => {
    const cli = new TypedCli([...args, '--url', url], { VEDA_PASSWORD: 'p' }, { isTTY: true });
    await cli.exit;
    expect(cli.stdout + cli.stderr).toContain(SHOWN);
    expect(cli.stdout + cli.stderr).not.toMatch(/[^\P{Cc}\n]/u);
  });

  test.each(commands)('%s gives it to a pipe as it is', async (...args) => {
    const { stdout, stderr } = await Cli.run([...args, '--url', url], { env: { VEDA_PASSWORD: 'p' } });
    expect(stdout + stderr).toContain(HOSTILE);
  });
});

describe('of a model', () => {
  let ollama: OllamaDouble;
  let app: TestApp;
  let person: Person;

  beforeAll(async () => {
    ollama = await startOllamaDouble();
    ollama.defaultScript({ text: Array.from(HOSTILE) });
    app = await startTestApp({ LLM_PROVIDER: 'ollama', OLLAMA_HOST: ollama.url });
    person = await Person.register(app.url);
  });

  afterAll(async () => {
    await app.stop();
    await ollama.stop();
  });

  test('an answer and the history are shown to a terminal as signs', async () => {
    const cli = new TypedCli(['chat', '--url', app.url], { VEDA_TOKEN: person.token }, { isTTY: true });
    await cli.shows('> ');
    cli.enter('What helps?');
    await cli.shows('medical concerns.');
    cli.enter('/history');
    await cli.shows('medical concerns.', 2);
    cli.type(CTRL_D);
    expect(await cli.exit).toBe(0);
    expect(cli.stdout).toContain(SHOWN);
    // readline moves the cursor on stderr; what the model said is in it as signs alone.
    expect(cli.stderr).toContain(SHOWN);
    for (const sequence of ['\u001b[2J', '\u001b]', '\u009b']) {
      expect(cli.stdout + cli.stderr).not.toContain(sequence);
    }
  });

  test('an answer is piped on as the model wrote it', async () => {
    const { stdout } = await Cli.run(['chat', '--url', app.url], {
      env: { VEDA_TOKEN: person.token },
      input: 'What helps?\n',
    });
    expect(stdout.startsWith(`${HOSTILE}\n\n`)).toBe(true);
  });
});
