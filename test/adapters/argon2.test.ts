import { Argon2Hasher } from '../../src/adapters/argon2.js';

describe('the password hasher', () => {
  const hasher = new Argon2Hasher();

  it('accepts the password and no other', async () => {
    const hash = await hasher.hash('correct horse');
    expect(await hasher.verify('correct horse', hash)).toBe(true);
    expect(await hasher.verify('correct mule', hash)).toBe(false);
  });

  it('hashes as OWASP recommends, with a salt of its own', async () => {
    const [one, two] = await Promise.all([hasher.hash('same'), hasher.hash('same')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('takes a password for the same however the keyboard composed it', async () => {
    expect(await hasher.verify('cafe\u0301', await hasher.hash('caf\u00e9'))).toBe(true);
  });

  it('refuses every password against no hash', async () => {
    expect(await hasher.verify('', undefined)).toBe(false);
  });

  it('bounds those who wait, and serves on after a refusal', async () => {
    const crowd = Array.from({ length: 1_005 }, () => hasher.verify('x', 'not a hash'));
    const codes = (await Promise.allSettled(crowd)).map((one) => (one as PromiseRejectedResult).reason.code);
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(3);
    expect(await hasher.verify('x', await hasher.hash('x'))).toBe(true);
  });
});
