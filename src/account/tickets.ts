import { AppError } from '../kernel/errors.js';
import type { Quota } from '../kernel/quota.js';
import type { AccountLimits } from './account-limits.js';
import { hashOf, newOpaqueToken } from './opaque-token.js';
import type { AccountStore } from './ports.js';
import type { Principal } from './principal.js';

/** How long a ticket waits for its stream. */
export const TICKET_SECONDS = 30;

/**
 * Tickets let a browser open a stream where it cannot set a header, without a token in the address. Single use; the
 * stream is good for as long as the token that asked for the ticket.
 */
export class StreamTickets {
  readonly #store: AccountStore;
  readonly #limits: AccountLimits;

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

  /** @throws AppError `unauthorized` */
  async redeem(ticket: string): Promise<Principal> {
    const principal = await this.#store.redeemTicket(hashOf(ticket));
    if (!principal) throw new AppError('unauthorized', 'the ticket is unknown, spent or too old');
    return principal;
  }
}
