import { FailedLogins } from '../../src/account/failed-logins.js';
import type { AccountStore, PasswordHasher, StoredPassword } from '../../src/account/ports.js';
import { SignIn } from '../../src/account/sign-in.js';
import { LocalDoorbell } from '../doubles/local-notifier.js';
import { ManualClock } from '../doubles/manual-clock.js';

const ADA: StoredPassword = {
  user: { id: 'ada', email: 'ada@example.org', name: null, createdAt: '2026-01-01T00:00:00.000Z' },
  hash: 'hash of ada',
};

/** Accepts the password that is in the hash, and remembers what it was asked. */
class RecordingHasher implements PasswordHasher {
  readonly verified: (string | undefined)[] = [];

  async hash(password: string): Promise<string> {
    return `hash of ${password}`;
  }

  async verify(password: string, hash: string | undefined): Promise<boolean> {
    this.verified.push(hash);
    return hash === `hash of ${password}`;
  }
}

function signInWith(hasher: PasswordHasher): SignIn {
  const store: Partial<AccountStore> = {
    findPassword: async (email) => (email === ADA.user.email ? ADA : undefined),
    openSession: async () => {},
  };
  return new SignIn({
    store: store as AccountStore,
    hasher,
    issuer: { issue: () => ({ token: 'token', expiresIn: 900 }) },
    failures: new FailedLogins(new ManualClock()),
    notifier: new LocalDoorbell(),
    newId: () => 'id',
    refreshKey: 'key',
  });
}

const login = (signIn: SignIn, email: string, password: string) => signIn.login({ email, password }, 'here');

describe('login', () => {
  it('does the work of a password check for an unknown email too, and says the same', async () => {
    const hasher = new RecordingHasher();
    const signIn = signInWith(hasher);
    const refusals = await Promise.allSettled([
      login(signIn, 'ada@example.org', 'wrong'),
      login(signIn, 'nobody@example.org', 'wrong'),
    ]);
    expect(hasher.verified).toEqual([ADA.hash, undefined]);
    const [known, unknown] = refusals.map((refusal) => (refusal as PromiseRejectedResult).reason);
    expect(unknown).toMatchObject({ code: 'unauthorized', message: known.message });
  });

  it('tells nothing to the guesses that come at once, after the tenth failure', async () => {
    const signIn = signInWith(new RecordingHasher());
    const guesses = Array.from({ length: 30 }, (_, n) =>
      login(signIn, 'ada@example.org', n === 29 ? 'ada' : `${n}`),
    );
    const codes = (await Promise.allSettled(guesses)).map(
      (guess) => (guess as PromiseRejectedResult).reason?.code,
    );
    expect(codes.filter((code) => code === 'unauthorized')).toHaveLength(10);
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(20);
  });

  it('never counts successes', async () => {
    const signIn = signInWith(new RecordingHasher());
    const logins = Array.from({ length: 50 }, () => login(signIn, 'ada@example.org', 'ada'));
    expect(await Promise.all(logins)).toHaveLength(50);
  });
});
