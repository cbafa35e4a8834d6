import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { SocketCredentials } from '../socket-identity.js';

/** What a client asks for when it connects. */
export interface Handshake {
  readonly pathname: string;
  /** As it stands in the address: it may be no id. Undefined: all of the user's conversations. */
  readonly conversationId: string | undefined;
  /** Of the conversation. */
  readonly cursor: string | undefined;
  /** Of all conversations, as `protocol/places.ts` writes them. */
  readonly cursors: string | undefined;
  readonly credentials: SocketCredentials;
  readonly request: IncomingMessage;
}

/** Stands in where a request has no host: only path and query are looked at. */
const ANY_HOST = 'http://localhost';

/** Undefined for an address that is neither ours nor one of `dialects`. */
export function handshakeOf(
  request: IncomingMessage,
  dialects: ReadonlyMap<string, unknown>,
): Handshake | undefined {
  const { url = '', headers } = request;
  if (!URL.canParse(url, ANY_HOST)) return undefined;
  const { pathname, searchParams } = new URL(url, ANY_HOST);
  const conversationId = /^\/ws\/conversations\/([^/]+)$/.exec(pathname)?.[1];
  if (conversationId === undefined && pathname !== '/ws' && !dialects.has(pathname)) return undefined;
  const cursor = searchParams.get('cursor') ?? undefined;
  const cursors = searchParams.get('cursors') ?? undefined;
  return {
    pathname,
    conversationId,
    cursor,
    cursors,
    credentials: credentialsOf(headers, searchParams),
    request,
  };
}

/** The header goes before the address, as for every stream. */
function credentialsOf({ authorization }: IncomingHttpHeaders, query: URLSearchParams): SocketCredentials {
  if (authorization !== undefined) return { token: /^Bearer +(\S+)$/i.exec(authorization)?.[1] };
  return { token: query.get('token') || undefined, ticket: query.get('ticket') || undefined };
}
