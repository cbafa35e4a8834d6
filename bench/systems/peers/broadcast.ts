/**
 * Bare servers that hold connections and broadcast a frame 30 times a second once `POST /start` asks for it: `KIND=ws` is a
 * `ws.send` loop, `socketio` a stock Socket.IO room, `sse` an event stream on bare `http`. They authenticate nobody.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { type WebSocket, WebSocketServer } from 'ws';
import { microseconds } from '../../../test/doubles/ollama/stamp.js';
import { openEventStream } from './sse.js';

const PER_SECOND = 30;
const kind = process.env['KIND'];
const streams = new Set<ServerResponse>();
const sockets = new Set<WebSocket>();

const server = createServer((request, response) => {
  if (request.url === '/start') {
    setInterval(broadcast, 1000 / PER_SECOND);
    return void response.end();
  }
  openEventStream(response);
  streams.add(response);
  response.once('close', () => streams.delete(response));
});
const io = kind === 'socketio' ? new Server(server) : undefined;
io?.on('connection', (socket) => void socket.join('room'));
if (kind === 'ws') {
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
}

let position = 0;
function broadcast(): void {
  const data = `${microseconds().toString(36)} `;
  position += data.length;
  const frame = {
    type: 'chunk',
    conversationId: '0198c0de-0000-7000-8000-000000000000',
    cursor: `1.1.${position}`,
    messageId: '0198c0de-0000-7000-8000-000000000001',
    data,
  };
  io?.to('room').emit('chunk', frame);
  const json = JSON.stringify(frame);
  for (const socket of sockets) socket.send(json);
  for (const stream of streams) stream.write(`id: ${frame.cursor}\ndata: ${json}\n\n`);
}

server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ msg: 'ready', port: (server.address() as AddressInfo).port }));
});
