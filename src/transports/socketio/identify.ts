import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import type { Principal } from '../../account/principal.js';
import type { OpenStreams } from '../../gateway/open-streams.js';
import { AppError, toAppError } from '../../kernel/errors.js';
import { problemOf } from '../../protocol/problem.js';
import type { SocketCredentials, SocketIdentity } from '../socket-identity.js';

/** The data that `identify` attaches to a socket. */
interface Identified {
  principal?: Principal;
}

export type IdentifiedServer = Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Identified>;
export type IdentifiedSocket = Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, Identified>;

export interface IdentifyOptions {
  readonly identity: SocketIdentity;
  readonly streams: OpenStreams;
  /** Logs a failure that is not the client's. */
  readonly onFailure: (error: unknown) => void;
}

/** Authenticates a socket. A refusal is a `connect_error` whose `data` is the problem. */
export async function identify(
  socket: IdentifiedSocket,
  { identity, streams, onFailure }: IdentifyOptions,
  next: (refusal?: Error & { data: object }) => void,
): Promise<void> {
  try {
    const principal = await identity.of(credentialsOf(socket.handshake), socket.request);
    streams.requireRoom(principal, identity.addressOf(socket.request));
    socket.data.principal = principal;
    next();
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.retryable) {
      if (!(thrown instanceof AppError)) onFailure(thrown);
      // A client whose connection is closed reconnects by itself. After a `connect_error` it does not.
      socket.conn.close();
    }
    next(Object.assign(new Error(error.message), { data: problemOf(error) }));
  }
}

/** The client's `auth`, or the header that clients other than browsers can set. Values that are not strings are ignored. */
function credentialsOf({ auth, headers }: Socket['handshake']): SocketCredentials {
  const header = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return { ticket: textOf(auth['ticket']), token: textOf(auth['token']) ?? header };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
