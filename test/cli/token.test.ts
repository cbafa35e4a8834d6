import jwt from 'jsonwebtoken';
import { startTestApp, type TestApp } from '../support/app.js';
import { Cli } from '../support/cli.js';
import { Person } from '../support/client.js';

const JWT_SECRET = 'a secret that the gateway and the operator share';
const PASSWORD = 'correct horse';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ JWT_SECRET, JWT_ISSUER: 'https://veda.example' });
  await fetch(`${app.url}/api/auth/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.org', password: PASSWORD }),
  });
});

afterAll(() => app.stop());

async function userOf(token: string): Promise<{ id: string; email: string }> {
  return (await new Person(app.url, token).call('GET', '/api/me')).body;
}

test.each([
  ['the environment', { env: { VEDA_PASSWORD: PASSWORD } }],
  ['stdin', { input: `${PASSWORD}\n` }],
])('signs in with a password from %s', async (_, options) => {
  const { code, stdout, stderr } = await Cli.run(
    ['token', '--url', app.url, '--email', 'Ada@example.org'],
    options,
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(await userOf(stdout.trim())).toMatchObject({ email: 'ada@example.org' });
});

test('--json has the user and the lifetime', async () => {
  const { stdout } = await Cli.run(['token', '--url', app.url, '--email', 'ada@example.org', '--json'], {
    env: { VEDA_PASSWORD: PASSWORD },
  });
  const { accessToken, ...rest } = JSON.parse(stdout);
  expect(rest).toMatchObject({ expiresIn: 900, user: { email: 'ada@example.org' } });
  expect(await userOf(accessToken)).toEqual(rest.user);
});

test('a wrong password is refused, and not printed', async () => {
  const { code, stdout, stderr } = await Cli.run(['token', '--url', app.url, '--email', 'ada@example.org'], {
    env: { VEDA_PASSWORD: 'canary' },
  });
  expect([code, stdout, stderr]).toEqual([1, '', 'veda-gateway: the email or the password is wrong\n']);
});

test('without demo users it says which option to use', async () => {
  const { code, stderr } = await Cli.run(['token', '--url', app.url]);
  expect(code).toBe(1);
  expect(stderr).toContain('no demo users: use --email');
});

test('--sub makes a token that the gateway accepts', async () => {
  const { id } = (await Person.register(app.url).then((person) => person.call('GET', '/api/me'))).body;
  const env = { JWT_SECRET, JWT_ISSUER: 'https://veda.example' };
  const { code, stdout } = await Cli.run(['token', '--sub', id, '--ttl', '60'], { env });
  expect(code).toBe(0);
  expect(await userOf(stdout.trim())).toMatchObject({ id });
  const { sub, exp = 0, iat = 0, iss } = jwt.decode(stdout.trim()) as jwt.JwtPayload;
  expect({ sub, ttl: exp - iat, iss }).toEqual({ sub: id, ttl: 60, iss: 'https://veda.example' });
});

test('a secret that is too short makes no token', async () => {
  const { code, stdout, stderr } = await Cli.run(['token', '--sub', 'x'], { env: { JWT_SECRET: 'canary' } });
  expect([code, stdout, stderr]).toEqual([1, '', 'veda-gateway: JWT_SECRET must have 32 bytes at least\n']);
});
