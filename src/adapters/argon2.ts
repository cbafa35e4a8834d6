import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { PasswordHasher } from '../account/ports.js';
import { FairQueue } from '../kernel/fair-queue.js';

/** OWASP Password Storage Cheat Sheet, argon2id (the library's algorithm): 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashing runs on libuv's four threads; two stay free for files and name look-ups, whatever logins come. */
const AT_ONCE = 2;
/** At some 15 ms each on two threads, the last of these waits for about 8 s. */
const WAITING = 1_000;
const WAITING_PER_SOURCE = 64;

/** argon2id, a few at a time, in a queue in which sources take turns. */
export class Argon2Hasher implements PasswordHasher {
  readonly #queue = new FairQueue({
    atOnce: AT_ONCE,
    waiting: WAITING,
    waitingPerSource: WAITING_PER_SOURCE,
    refusal: 'too many people are signing in',
  });
  #decoy: Promise<string> | undefined;

  hash(password: string, source: string): Promise<string> {
    return this.#queue.run(source, () => hash(normalized(password), COST));
  }

  async verify(password: string, known: string | undefined, source: string): Promise<boolean> {
    this.#decoy ??= hash(randomBytes(32), COST);
    const compared = known ?? (await this.#decoy);
    const equal = await this.#queue.run(source, () => verify(compared, normalized(password)));
    return equal && known !== undefined;
  }
}

/** The same password typed on another keyboard may come as other code points (NIST SP 800-63B, 5.1.1.2). */
function normalized(password: string): string {
  return password.normalize('NFKC');
}
