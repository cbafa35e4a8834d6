import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError } from '../../kernel/errors.js';
import { problemOf } from '../../protocol/problem.js';
import type { ConnectionLimit } from './connection-limit.js';
import { discardBody } from './discard-body.js';
import { namesUs, type OwnHosts } from './own-hosts.js';
import type { UnreadResponses } from './unread-responses.js';

export interface GuardOptions {
  /** Undefined: any `Host` is right. */
  readonly hosts: OwnHosts | undefined;
  readonly connections: ConnectionLimit;
  readonly responses: UnreadResponses;
}

type UpgradeListener = (request: IncomingMessage, stream: Duplex, head: Buffer) => void;

/**
 * Puts in front of everything that listens on a server what holds for all transports: who may connect, under which name, and for
 * how long a response may wait. Liveness is answered here, before any other work. Comes after all transports have attached.
 */
export function guardServer(server: Server, { hosts, connections, responses }: GuardOptions): void {
  const answer = takeListeners<RequestListener>(server, 'request');
  const upgrade = takeListeners<UpgradeListener>(server, 'upgrade');

  server.on('connection', (connection) => connections.opened(connection));

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!connections.begin(request.socket, response)) return;
    responses.watch(request.socket, response);
    if (isLiveness(request)) return answerLiveness(request, response);
    if (!isProbe(request) && !namesUs(request.headers.host, hosts)) return refuse(request, response);
    for (const listener of answer) listener.call(server, request, response);
  });

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (!namesUs(request.headers.host, hosts)) return refuseUpgrade(stream);
    connections.upgraded(stream);
    for (const listener of upgrade) listener.call(server, request, stream, head);
  });
}

function takeListeners<T>(server: Server, event: string): T[] {
  const listeners = server.listeners(event) as T[];
  server.removeAllListeners(event);
  return listeners;
}

/** Probes come by whatever address the orchestrator knows. */
function isProbe({ url = '' }: IncomingMessage): boolean {
  return url.startsWith('/health/');
}

function isLiveness({ method, url }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && url === '/health/live';
}

function answerLiveness(request: IncomingMessage, response: ServerResponse): void {
  if (!request.complete) discardBody(request, response);
  send(response, 200, 'application/json; charset=utf-8', '{"status":"live"}');
}

const MISDIRECTED = new AppError(
  'forbidden',
  'this server is not known by the name in Host: PUBLIC_URL says what it is called',
  { status: 421 },
);
const MISDIRECTED_BODY = JSON.stringify(problemOf(MISDIRECTED));

function refuse(request: IncomingMessage, response: ServerResponse): void {
  if (!request.complete) discardBody(request, response);
  send(response, MISDIRECTED.status, 'application/problem+json', MISDIRECTED_BODY);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}

function refuseUpgrade(stream: Duplex): void {
  const head = [
    'HTTP/1.1 421 Misdirected Request',
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(MISDIRECTED_BODY)}`,
  ];
  stream.on('error', () => {});
  stream.end(`${head.join('\r\n')}\r\n\r\n${MISDIRECTED_BODY}`, () => stream.destroy());
}
