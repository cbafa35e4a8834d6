import type { ServerResponse } from 'node:http';

export function openEventStream(response: ServerResponse): void {
  response.socket?.setNoDelay(true);
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform' });
  response.flushHeaders();
}

export function writeChunk(response: ServerResponse, data: string): void {
  response.write(`data: ${JSON.stringify({ type: 'chunk', data })}\n\n`);
}
