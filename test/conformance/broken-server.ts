import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';

/** How a server breaks one rule. What it does not name is passed on as it came. */
export interface Fault {
  /** Of each stream, its whole text. */
  readonly events?: (text: string) => string;
  /** Every piece of a stream, as it comes. */
  readonly pieces?: (text: string) => string;
  /** Of a body that is no stream. */
  readonly body?: (text: string) => string;
  /** Of a request, before it is passed on. */
  readonly path?: (path: string) => string;
  readonly token?: (path: string) => string | undefined;
  /** A frame of the server; undefined drops it. */
  readonly frame?: (text: string) => string | undefined;
  readonly closeCode?: (code: number) => number;
}

/** A gateway that breaks a rule: a proxy before the real one. */
export interface BrokenServer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startBrokenServer(target: string, fault: Fault): Promise<BrokenServer> {
  const server = createServer((incoming, outgoing) => pass(target, fault, incoming, outgoing));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, incoming) => relay(target, fault, socket, incoming));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function pass(target: string, fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method = 'GET', url = '/' } = incoming;
  const path = fault.path?.(url) ?? url;
  const token = fault.token?.(url);
  const headers = { ...incoming.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const asked = request(target + path, { method, headers, agent: false }, (reply) => {
    answer(fault, reply, outgoing).catch(() => outgoing.destroy());
  });
  asked.on('error', () => outgoing.destroy());
  outgoing.on('close', () => asked.destroy());
  incoming.pipe(asked);
}

async function answer(fault: Fault, reply: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { 'content-length': _, ...headers } = reply.headers;
  outgoing.writeHead(reply.statusCode ?? 500, headers);
  const isStream = headers['content-type'] === 'text/event-stream';
  if (isStream && !fault.events) {
    for await (const piece of reply.setEncoding('utf8')) {
      outgoing.write(fault.pieces?.(String(piece)) ?? String(piece));
    }
    outgoing.end();
    return;
  }
  const text = (await buffer(reply)).toString();
  outgoing.end((isStream ? fault.events?.(text) : fault.body?.(text)) ?? text);
}

function relay(target: string, fault: Fault, client: WebSocket, { url, headers }: IncomingMessage): void {
  const { authorization } = headers;
  const server = new WebSocket(target.replace(/^http/, 'ws') + url, {
    headers: authorization === undefined ? {} : { authorization },
  });
  const early: string[] = [];
  client.on('message', (data: Buffer) => {
    if (server.readyState === WebSocket.OPEN) server.send(data.toString());
    else early.push(data.toString());
  });
  server.on('open', () => {
    for (const said of early.splice(0)) server.send(said);
  });
  server.on('message', (data: Buffer) => {
    const frame = fault.frame ? fault.frame(data.toString()) : data.toString();
    if (frame !== undefined) client.send(frame);
  });
  server.on('close', (code, reason) => client.close(fault.closeCode?.(code) ?? code, reason.toString()));
  server.on('error', () => client.terminate());
  client.on('close', () => server.terminate());
}
