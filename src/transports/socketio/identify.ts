import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import type { Principal } from '../../account/principal.js';
import { toAppError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import { problemOf } from '../../protocol/problem.js';
import type { SocketCredentials, SocketIdentity } from '../socket-identity.js';

/** What `identify` leaves with a socket. */
interface Identified {
  principal?: Principal;
}

export type IdentifiedServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Identified>;
export type IdentifiedSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Identified>;

export interface IdentifyOptions {
  readonly identity: SocketIdentity;
  readonly logger: Logger;
}

/** Finds out who connects; a refusal is a `connect_error` whose `data` is the problem. */
export async function identify(
  socket: IdentifiedSocket,
  { identity, logger }: IdentifyOptions,
  next: (refusal?: Error & { data: object }) => void,
): Promise<void> {
  try {
    socket.data.principal = await identity.of(credentialsOf(socket.handshake));
    next();
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.retryable) {
      logger.warn('socket not authenticated', { transport: 'socketio', error: thrown });
      // A client that is cut off tries again by itself; after a `connect_error` it does not.
      socket.conn.close();
    }
    next(Object.assign(new Error(error.message), { data: problemOf(error) }));
  }
}

/** What a client brings: `auth`, or a header where it is no browser. What is no text is not there. */
function credentialsOf({ auth, headers }: Socket['handshake']): SocketCredentials {
  const header = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return { ticket: textOf(auth['ticket']), token: textOf(auth['token']) ?? header };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
