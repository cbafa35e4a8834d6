import { AppError } from '../kernel/errors.js';
import { FairQueue } from '../kernel/fair-queue.js';
import type { Quota } from '../kernel/quota.js';
import type { AccountLimits } from './account-limits.js';
import { hashOf, newOpaqueToken } from './opaque-token.js';
import type { AccountStore } from './ports.js';
import type { Principal } from './principal.js';

/** How long a ticket waits for its stream. */
export const TICKET_SECONDS = 30;

/**
 * Each ticket is a query, and anybody can make tickets up: those of one address must not take the connections to the
 * database from everybody else.
 */
const REDEEMING = {
  atOnce: 4,
  waiting: 2_000,
  waitingPerSource: 256,
  refusal: 'too many streams are being opened',
};

/**
 * A ticket lets a browser open a stream where it cannot set a header, without a token in the address. It works once. The
 * stream ends when the token expires that the ticket was requested with.
 */
export class StreamTickets {
  readonly #store: AccountStore;
  readonly #limits: AccountLimits;
  readonly #redeeming = new FairQueue(REDEEMING);

  constructor(store: AccountStore, limits: AccountLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /** @throws AppError `rate_limited` after too many tickets of the user. */
  async issue(principal: Principal): Promise<{ ticket: string; quota: Quota }> {
    const quota = await this.#limits.consume('tickets', principal.userId);
    const ticket = newOpaqueToken();
    await this.#store.saveTicket(hashOf(ticket), principal);
    return { ticket, quota };
  }

  /**
   * `address` is where the ticket comes from.
   * @throws AppError `unauthorized`; `rate_limited` when too many of the address wait.
   */
  async redeem(ticket: string, address: string): Promise<Principal> {
    const principal = await this.#redeeming.run(address, () => this.#store.redeemTicket(hashOf(ticket)));
    if (!principal) throw new AppError('unauthorized', 'the ticket is unknown, spent or too old');
    return principal;
  }
}
