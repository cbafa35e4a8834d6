import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { PasswordHasher } from '../account/ports.js';
import { AppError } from '../kernel/errors.js';
import { Semaphore } from '../kernel/semaphore.js';

/** OWASP Password Storage Cheat Sheet, argon2id (the library's algorithm): 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashing runs on libuv's four threads; two stay free for files and name look-ups, whatever logins come. */
const AT_ONCE = 2;
/** At some 15 ms each on two threads, the last of these waits for about 15 s. */
const WAITING = 1_000;

/** argon2id, a few at a time. Refuses with `rate_limited` when too many wait already. */
export class Argon2Hasher implements PasswordHasher {
  readonly #permits = new Semaphore(AT_ONCE);
  #decoy: Promise<string> | undefined;

  async hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(normalized(password), COST));
  }

  async verify(password: string, known: string | undefined): Promise<boolean> {
    this.#decoy ??= hash(randomBytes(32), COST);
    const compared = known ?? (await this.#decoy);
    const equal = await this.#inTurn(() => verify(compared, normalized(password)));
    return equal && known !== undefined;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#permits.waiting >= WAITING) {
      throw new AppError('rate_limited', 'too many people are signing in', { retryAfter: 5 });
    }
    return this.#permits.run(work);
  }
}

/** The same password typed on another keyboard may come as other code points (NIST SP 800-63B, 5.1.1.2). */
function normalized(password: string): string {
  return password.normalize('NFKC');
}
