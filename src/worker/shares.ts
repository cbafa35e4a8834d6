import type { Claim } from '../generation/generation-store.js';
import { Semaphore } from '../kernel/semaphore.js';

/**
 * How the places of a worker are shared: a user with `n` answers running gets another place only while more than `n`
 * places are free. So whoever has no answer running finds a free place, although others send more than they may have.
 *
 *   100 places; one user sends 100 messages      50 of them run, 50 places stay free
 *   a second user does the same                  25 of theirs run, 25 places stay free
 *   a third user sends one message               it runs at once
 *
 * With a single place, or with two, a user has one. What a dead worker left is not counted against its user: it goes on
 * in any free place.
 */
export class Shares {
  #free: number;
  readonly #running = new Map<string, number>();
  /** One claim at a time, because each must know whose answers the claims before it took. */
  readonly #claiming = new Semaphore(1);

  constructor(places: number) {
    this.#free = places;
  }

  /** Claims with `claimOne`, which leaves out the users that have their share. What it claims must be released. */
  claim(claimOne: (except: readonly string[]) => Promise<Claim | undefined>): Promise<Claim | undefined> {
    return this.#claiming.run(async () => {
      const claim = await claimOne(this.#usersWithTheirShare());
      if (claim) {
        this.#free--;
        this.#running.set(claim.userId, (this.#running.get(claim.userId) ?? 0) + 1);
      }
      return claim;
    });
  }

  release({ userId }: Claim): void {
    this.#free++;
    const running = (this.#running.get(userId) ?? 0) - 1;
    if (running > 0) this.#running.set(userId, running);
    else this.#running.delete(userId);
  }

  #usersWithTheirShare(): string[] {
    return [...this.#running].flatMap(([userId, running]) => (running < this.#free ? [] : [userId]));
  }
}
