import type { IncomingMessage } from 'node:http';
import type { Principal } from '../account/principal.js';
import type { Audit } from '../kernel/audit.js';
import { toAppError } from '../kernel/errors.js';
import { type SocketCredentials, SocketIdentity } from './socket-identity.js';

/** Who opens a socket, recorded; and from where, for what is done over it later. */
export class AuditedIdentity extends SocketIdentity {
  readonly #audit: Audit;
  readonly #addresses = new WeakMap<Principal, string>();

  constructor(audit: Audit, ...options: ConstructorParameters<typeof SocketIdentity>) {
    super(...options);
    this.#audit = audit;
  }

  override async of(credentials: SocketCredentials, request: IncomingMessage): Promise<Principal> {
    const address = this.addressOf(request);
    const event = { operation: 'socketConnect', kind: 'execute', address } as const;
    try {
      const principal = await super.of(credentials, request);
      this.#addresses.set(principal, address);
      const { userId, sessionId } = principal;
      this.#audit.record({ ...event, outcome: 'success', userId, sessionId });
      return principal;
    } catch (error) {
      const { code, status } = toAppError(error);
      this.#audit.record({ ...event, outcome: status >= 500 ? 'failed' : 'refused', code });
      throw error;
    }
  }

  /** From where the socket of this principal came. */
  whence(principal: Principal): string | undefined {
    return this.#addresses.get(principal);
  }
}
