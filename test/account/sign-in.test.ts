import { AccountLimits } from '../../src/account/account-limits.js';
import type { AccountStore, PasswordHasher, StoredPassword } from '../../src/account/ports.js';
import { SignIn } from '../../src/account/sign-in.js';
import { SignInLimits } from '../../src/account/sign-in-limits.js';
import { memoryRateLimiter } from '../../src/adapters/rate-limiter/memory.js';
import { SecurityLog } from '../../src/kernel/security-log.js';
import { LocalNotifier } from '../doubles/local-notifier.js';
import { ROOMY_LIMITS } from '../support/limits.js';
import { SILENT } from '../support/silent-log.js';

/** The password of `name` is the name. */
function account(name: string): StoredPassword {
  const user = { id: name, email: `${name}@example.org`, name: null, createdAt: '2026-01-01T00:00:00.000Z' };
  return { user, hash: `hash of ${name}` };
}

const ACCOUNTS = ['ada', 'grace'].map(account);

/** Accepts the password that is in the hash, and remembers what it was asked. */
class RecordingHasher implements PasswordHasher {
  readonly verified: (string | undefined)[] = [];
  readonly sources: string[] = [];

  async hash(password: string): Promise<string> {
    return `hash of ${password}`;
  }

  async verify(password: string, hash: string | undefined, source: string): Promise<boolean> {
    this.verified.push(hash);
    this.sources.push(source);
    return hash === `hash of ${password}`;
  }
}

let hasher: RecordingHasher;
let signIn: SignIn;
let lines: unknown[][];

beforeEach(() => {
  hasher = new RecordingHasher();
  lines = [];
  const write = (...line: unknown[]) => void lines.push(line);
  const security = new SecurityLog({ ...SILENT, info: write, warn: write });
  const store: Partial<AccountStore> = {
    findPassword: async (email) => ACCOUNTS.find(({ user }) => user.email === email),
    openSession: async () => {},
  };
  signIn = new SignIn({
    store: store as AccountStore,
    hasher,
    issuer: { issue: async () => ({ token: 'token', expiresIn: 900 }) },
    signInLimits: new SignInLimits(memoryRateLimiter, security),
    limits: new AccountLimits(memoryRateLimiter, security, ROOMY_LIMITS),
    security,
    notifier: new LocalNotifier(),
    newId: () => 'id',
    refreshKey: 'key',
  });
});

const login = (name: string, password: string, address = 'here') =>
  signIn.login({ email: `${name}@example.org`, password }, address);

/** The codes with which they were refused. */
async function codesOf(attempts: readonly Promise<unknown>[]): Promise<(string | undefined)[]> {
  const settled = await Promise.allSettled(attempts);
  return settled.map((one) => (one.status === 'rejected' ? one.reason.code : undefined));
}

/** One after the other. */
async function guess(
  times: number,
  name: (n: number) => string,
  address = 'here',
): Promise<(string | undefined)[]> {
  const codes: (string | undefined)[] = [];
  for (let n = 0; n < times; n += 1) codes.push(...(await codesOf([login(name(n), 'wrong', address)])));
  return codes;
}

const count = (codes: readonly unknown[], code: string) => codes.filter((each) => each === code).length;

describe('login', () => {
  it('does the work of a password check for an unknown email too, and says the same', async () => {
    const refusals = await Promise.allSettled([login('ada', 'wrong'), login('nobody', 'wrong')]);
    expect(hasher.verified).toEqual(['hash of ada', undefined]);
    const [known, unknown] = refusals.map((refusal) => (refusal as PromiseRejectedResult).reason);
    expect(unknown).toMatchObject({ code: 'unauthorized', message: known.message });
  });

  it('lets the owner in after ten wrong passwords, and says how many more are allowed', async () => {
    expect(count(await guess(10, () => 'ada'), 'unauthorized')).toBe(10);
    const { quota } = await login('ada', 'ada');
    expect(quota).toMatchObject({ limit: 15, remaining: 5 });
  });

  it('closes an account to the address that guesses, and to no other', async () => {
    const codes = await guess(1_000, () => 'ada');
    expect(count(codes, 'unauthorized')).toBe(15);
    expect(count(codes, 'rate_limited')).toBe(985);
    await expect(login('ada', 'ada')).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 300 });
    await login('ada', 'ada', 'elsewhere');
    await login('grace', 'grace');
    expect(hasher.verified).toHaveLength(17);
  });

  it('closes an address that tries everybody, but not to those who have signed in from it', async () => {
    await login('grace', 'grace');
    const codes = await guess(1_000, (n) => `stranger${n}`);
    expect(count(codes, 'unauthorized')).toBe(200);
    await expect(login('ada', 'ada')).rejects.toMatchObject({ code: 'rate_limited' });
    await login('grace', 'grace');
    await login('ada', 'ada', 'elsewhere');
  });

  it('checks the password of who has signed in from an address apart from strangers there', async () => {
    await login('grace', 'grace');
    await codesOf([login('ada', 'wrong')]);
    await login('grace', 'grace');
    const [first, stranger, familiar] = hasher.sources;
    expect(first).toBe(stranger);
    expect(familiar).not.toBe(stranger);
  });

  it('tells nothing to the guesses that come at once, after the last failure that is allowed', async () => {
    const codes = await codesOf(
      Array.from({ length: 30 }, (_, n) => login('ada', n === 29 ? 'ada' : `${n}`)),
    );
    expect(count(codes, 'unauthorized')).toBe(15);
    expect(count(codes, 'rate_limited')).toBe(15);
  });

  it('never counts successes', async () => {
    expect(await Promise.all(Array.from({ length: 50 }, () => login('ada', 'ada')))).toHaveLength(50);
  });

  it('logs a flood of failures as a line of each kind, with a user id and no more', async () => {
    await guess(100, () => 'ada');
    expect(lines.length).toBeLessThan(10);
    expect(lines[0]).toEqual(['sign-in failed', { userId: 'ada', count: 1 }]);
    expect(lines).toContainEqual(['limit reached', { limit: 'failedSignIns', count: 1 }]);
    expect(JSON.stringify(lines)).not.toMatch(/example\.org|here/);
  });
});
