import { createServer, type Server, type ServerResponse } from 'node:http';

/** What a scrape gets. */
export interface Rendered {
  readonly contentType: string;
  /** Must resolve within a few seconds. */
  render(): Promise<string>;
}

/** A scrape is one small request. */
const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  maxHeaderSize: 8192,
  keepAliveTimeout: 65_000,
};
const MAX_CONNECTIONS = 64;

/** Serves `GET /metrics` and nothing else; not listening yet. `onFailure` is told why a rendering failed. */
export function metricsServer(metrics: Rendered, onFailure: (error: unknown) => void): Server {
  const server = createServer(LIMITS, ({ method, url = '' }, response) => {
    if (url.split('?', 1)[0] !== '/metrics') return send(response, 404, 'text/plain', 'not found\n');
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return send(response, 405, 'text/plain', 'method not allowed\n');
    }
    metrics.render().then(
      (text) => send(response, 200, metrics.contentType, text),
      (error: unknown) => {
        onFailure(error);
        send(response, 500, 'text/plain', 'the metrics cannot be read\n');
      },
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  return server;
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
