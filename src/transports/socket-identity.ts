import type { Principal } from '../account/principal.js';
import type { Principals } from '../account/principals.js';
import type { StreamTickets } from '../account/tickets.js';
import { AppError } from '../kernel/errors.js';

/** What somebody brings who opens a socket. */
export interface SocketCredentials {
  readonly token?: string | undefined;
  /** Single use: it is spent whatever happens to the socket, and goes before a token. */
  readonly ticket?: string | undefined;
}

/** Finds out who opens a socket (docs/protocol.md, "Who may speak"). */
export class SocketIdentity {
  readonly #principals: Principals;
  readonly #tickets: StreamTickets;

  constructor(principals: Principals, tickets: StreamTickets) {
    this.#principals = principals;
    this.#tickets = tickets;
  }

  /** @throws AppError `unauthorized`, `token_expired` */
  async of({ token, ticket }: SocketCredentials): Promise<Principal> {
    if (ticket !== undefined) return this.#tickets.redeem(ticket);
    if (token !== undefined) return this.#principals.ofToken(token);
    throw new AppError('unauthorized', 'an access token or a ticket is required');
  }
}
