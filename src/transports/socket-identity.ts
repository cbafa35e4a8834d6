import type { IncomingMessage } from 'node:http';
import type { Authenticator } from '../account/authenticator.js';
import type { Principal } from '../account/principal.js';
import type { StreamTickets } from '../account/tickets.js';
import { AppError } from '../kernel/errors.js';
import type { ClientAddress } from './client-address.js';

/** What somebody brings who opens a socket. */
export interface SocketCredentials {
  readonly token?: string | undefined;
  /** Single use: it is spent whatever happens to the socket, and goes before a token. */
  readonly ticket?: string | undefined;
}

/** Finds out who opens a socket (docs/protocol.md, "Who may speak"). */
export class SocketIdentity {
  readonly #authenticator: Authenticator;
  readonly #tickets: StreamTickets;
  /** From which address a request comes, as limits count it. */
  readonly addressOf: ClientAddress;

  constructor(authenticator: Authenticator, tickets: StreamTickets, addressOf: ClientAddress) {
    this.#authenticator = authenticator;
    this.#tickets = tickets;
    this.addressOf = addressOf;
  }

  /** `request` opened the socket. @throws AppError `unauthorized`, `token_expired`, `rate_limited` */
  async of({ token, ticket }: SocketCredentials, request: IncomingMessage): Promise<Principal> {
    if (ticket !== undefined) return this.#tickets.redeem(ticket, this.addressOf(request));
    if (token !== undefined) return this.#authenticator.authenticate(token);
    throw new AppError('unauthorized', 'an access token or a ticket is required');
  }
}
