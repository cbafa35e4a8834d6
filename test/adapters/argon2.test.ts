import { Argon2Hasher } from '../../src/adapters/argon2.js';

describe('the password hasher', () => {
  const hasher = new Argon2Hasher();
  const hash = (password: string) => hasher.hash(password, 'here');
  const verify = (password: string, known?: string, source = 'here') =>
    hasher.verify(password, known, source);

  it('accepts the password and no other', async () => {
    const hashed = await hash('correct horse');
    expect(await verify('correct horse', hashed)).toBe(true);
    expect(await verify('correct mule', hashed)).toBe(false);
  });

  it('hashes as OWASP recommends, with a salt of its own', async () => {
    const [one, two] = await Promise.all([hash('same'), hash('same')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('takes a password for the same however the keyboard composed it', async () => {
    expect(await verify('cafe\u0301', await hash('caf\u00e9'))).toBe(true);
  });

  it('refuses every password against no hash', async () => {
    expect(await verify('', undefined)).toBe(false);
  });

  it('bounds those who wait from one address, serves others meanwhile, and serves on after a refusal', async () => {
    const hashed = await hash('x');
    const crowd = Array.from({ length: 1_000 }, () => verify('x', 'not a hash'));
    const stranger = verify('x', hashed, 'elsewhere');
    const codes = (await Promise.allSettled(crowd)).map((one) => (one as PromiseRejectedResult).reason.code);
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(1_000 - 64 - 2);
    expect(await stranger).toBe(true);
    expect(await verify('x', hashed)).toBe(true);
  });
});
