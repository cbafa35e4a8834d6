import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Bystander } from '../support/bystander.js';
import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';

/** Attacks on a built gateway from another process, and a stranger who signs in meanwhile. */

let cluster: Cluster;
let gateway: Product;
let bystander: Bystander;

beforeAll(async () => {
  cluster = await Cluster.start({ TRUST_PROXY: 'loopback' });
  gateway = await cluster.gateway();
  bystander = await Bystander.at(gateway);
});

afterAll(async () => {
  await bystander.leave();
  await cluster.stop();
});

const PASSWORD = 'correct horse battery';

async function post(path: string, body: object, address?: string): Promise<Response> {
  const headers = { 'Content-Type': 'application/json', ...(address && { 'X-Forwarded-For': address }) };
  const response = await fetch(gateway.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  // Read to its end, so that its connection can be used again.
  await response.clone().text();
  return response;
}

async function register(address?: string): Promise<string> {
  const email = `${randomUUID()}@example.org`;
  expect((await post('/api/auth/register', { email, password: PASSWORD }, address)).status).toBe(201);
  return email;
}

const login = (email: string, password: string, address?: string) =>
  post('/api/auth/login', { email, password }, address);

/** Guesses 50 at a time. A stranger comes again and again until they are through, and a bystander notices nothing. */
async function attack(
  guess: (n: number) => Promise<Response>,
  stranger: () => Promise<Response>,
  times = 1_000,
): Promise<{ guesses: Record<number, number>; strangers: number[] }> {
  const guesses: Record<number, number> = {};
  const strangers: number[] = [];
  const attackers = { next: 0, left: 50 };
  const attacker = async (): Promise<void> => {
    while (attackers.next < times) {
      const { status } = await guess(attackers.next++);
      guesses[status] = (guesses[status] ?? 0) + 1;
    }
    attackers.left -= 1;
  };
  const person = async (): Promise<void> => {
    while (attackers.left > 0) strangers.push((await stranger()).status);
    strangers.push((await stranger()).status);
  };
  await bystander.during(() => Promise.all([...Array.from({ length: attackers.left }, attacker), person()]));
  return { guesses, strangers };
}

const all = (statuses: readonly number[]) => [...new Set(statuses)];

test('1,000 wrong passwords for one account from one address refuse nobody else, and not the owner elsewhere', async () => {
  const [victim, stranger] = [await register(), await register()];
  const { guesses, strangers } = await attack(
    (n) => login(victim, `wrong ${n}`, '192.0.2.1'),
    () => login(stranger, PASSWORD),
  );
  expect(guesses[401]).toBe(15);
  expect(guesses[429]).toBe(985);
  expect(all(strangers)).toEqual([200]);
  expect((await login(victim, PASSWORD, '192.0.2.2')).status).toBe(200);
});

test('nor do 1,000 for all accounts, though the stranger is behind the same address', async () => {
  const stranger = await register('192.0.2.10');
  const { guesses, strangers } = await attack(
    (n) => login(`nobody${n}@example.org`, 'wrong', '192.0.2.10'),
    () => login(stranger, PASSWORD, '192.0.2.10'),
  );
  expect(guesses[401]).toBeLessThan(300);
  expect(guesses[429]).toBeGreaterThan(700);
  expect(all(strangers)).toEqual([200]);
});

test('nor do 1,000 from as many addresses behind a proxy', async () => {
  const [victim, stranger] = [await register(), await register()];
  const { guesses, strangers } = await attack(
    (n) => login(victim, `wrong ${n}`, `198.51.${Math.floor(n / 250)}.${n % 250}`),
    () => login(stranger, PASSWORD, '192.0.2.20'),
  );
  expect(guesses).toEqual({ 401: 1_000 });
  expect(all(strangers)).toEqual([200]);
  expect((await login(victim, PASSWORD, '192.0.2.21')).status).toBe(200);
});

test('thousands of made-up tickets from one address keep nobody else from opening a stream', async () => {
  const email = await register();
  const { accessToken } = (await (await login(email, PASSWORD)).json()) as { accessToken: string };
  const stranger = { Authorization: `Bearer ${accessToken}`, 'X-Forwarded-For': '192.0.2.31' };
  const call = (method: string, path: string, headers: Record<string, string>) =>
    fetch(gateway.url + path, { method, headers });
  const open = async (ticket: string, headers: Record<string, string>): Promise<Response> => {
    const path = `/api/conversations/${randomUUID()}/stream?ticket=${ticket}`;
    const response = await call('GET', path, headers);
    await response.clone().text();
    return response;
  };
  const { guesses, strangers } = await attack(
    () => open(randomUUID(), { 'X-Forwarded-For': '192.0.2.30' }),
    async () => {
      const issued = await call('POST', '/api/stream-tickets', stranger);
      const { ticket } = (await issued.json()) as { ticket: string };
      return open(ticket, { 'X-Forwarded-For': '192.0.2.31' });
    },
    5_000,
  );
  expect(guesses[401]).toBeGreaterThan(0);
  expect((guesses[401] ?? 0) + (guesses[429] ?? 0)).toBe(5_000);
  // There is no such conversation: the ticket was good.
  expect(all(strangers)).toEqual([404]);
});

test('1,000 sockets of a page of another origin are refused, and the log says so once a second', async () => {
  const url = `${gateway.url.replace('http', 'ws')}/ws/conversations/${randomUUID()}`;
  const open = async (): Promise<number> => {
    const socket = new WebSocket(url, { headers: { Origin: 'https://evil.example' } });
    return ((await once(socket, 'close')) as [number])[0];
  };
  const began = performance.now();
  const codes = await bystander.during(async () => {
    const refused: number[] = [];
    while (refused.length < 1_000) {
      refused.push(...(await Promise.all(Array.from({ length: 50 }, open))));
    }
    return refused;
  });
  const seconds = (performance.now() - began) / 1000;
  expect(all(codes)).toEqual([4003]);
  const lines = gateway.lines.filter((line) => line.includes('"msg":"origin refused"'));
  expect(lines[0]).toContain('"transport":"websocket"');
  expect(lines.length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
});

test('what the log says of it is short, and names no email, address or password', () => {
  const text = gateway.lines.join('\n');
  expect(text).toContain('"msg":"sign-in failed"');
  expect(text).toContain('"limit":"failedSignIns"');
  expect(gateway.lines.length).toBeLessThan(200);
  expect(text).not.toMatch(/192\.0\.2|198\.51|example\.org|evil|wrong/);
});
