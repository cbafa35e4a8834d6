import { Cli } from '../support/cli.js';
import { TypedCli } from '../support/terminal.js';

const COMMANDS = ['chat', 'token', 'user', 'doctor', 'conformance'];

test('lists the commands', async () => {
  const { code, stdout, stderr } = await Cli.run(['--help']);
  expect([code, stderr]).toEqual([0, '']);
  for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} +\\w`, 'm'));
});

test.each(COMMANDS)('%s --help has options and examples', async (command) => {
  const cli = new TypedCli([command, '--help']);
  expect([await cli.exit, cli.stderr]).toEqual([0, '']);
  expect(cli.stdout.startsWith(`veda-gateway ${command} `)).toBe(true);
  expect(cli.stdout).toMatch(new RegExp(`^ {2}.*veda-gateway ${command}`, 'm'));
  expect(Math.max(...cli.stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(130);
});

test.each([
  [[], 'chat'],
  [['chart'], "unknown command 'chart'"],
  [['chat', '--colour'], "unknown option '--colour'"],
  [['chat', 'hello'], "unexpected argument 'hello'"],
  [['chat', '--url', 'chat.example.org'], '--url must be an address'],
  [['chat', '--transport', 'pigeon'], '--transport must be one of auto, socketio'],
  [['chat', '--conversation', 'last'], '--conversation must be the id'],
  [['chat', '--demo', '--token', 'x'], 'exclude one another'],
  [['token', '--ttl', '60'], '--ttl goes with --sub'],
  [['token', '--sub', 'ada'], 'JWT_SECRET is not set'],
  [['user'], 'what to do is missing'],
  [['user', 'rename'], "unknown action 'rename'"],
  [['user', 'add'], '--email is missing'],
  [['user', 'remove'], 'EMAIL-OR-ID is missing'],
  [['doctor', '--idle', 'long'], '--idle must be a whole number'],
  [['doctor', '--origin', 'example.org'], '--origin must be an origin'],
  [['doctor', '--redis-url', 'http://x'], '--redis-url (or REDIS_URL) must be'],
  [['conformance'], 'URL is missing'],
  [['conformance', 'chat.example.org'], 'URL must be an address'],
  [['conformance', 'http://127.0.0.1:9', '--idle', 'long'], '--idle must be a whole number'],
])('%j is a wrong command line', async (args, said) => {
  const cli = new TypedCli(args);
  expect([await cli.exit, cli.stdout]).toEqual([2, '']);
  expect(cli.stderr).toContain(said);
  if (args.length > 0) expect(cli.stderr).toMatch(/^veda-gateway: .* \(see --help\)\n$/);
});

test.each(['token', 'chat'])('%s says in one line that no gateway answers', async (command) => {
  const { code, stdout, stderr } = await Cli.run([command, '--url', 'http://127.0.0.1:9']);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe('veda-gateway: http://127.0.0.1:9 cannot be reached: is the gateway up?\n');
});
