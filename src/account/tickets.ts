import { AppError } from '../kernel/errors.js';
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

  constructor(store: AccountStore) {
    this.#store = store;
  }

  async issue(principal: Principal): Promise<string> {
    const ticket = newOpaqueToken();
    await this.#store.saveTicket(hashOf(ticket), principal);
    return ticket;
  }

  /** @throws AppError `unauthorized` */
  async redeem(ticket: string): Promise<Principal> {
    const principal = await this.#store.redeemTicket(hashOf(ticket));
    if (!principal) throw new AppError('unauthorized', 'the ticket is unknown, spent or too old');
    return principal;
  }
}
