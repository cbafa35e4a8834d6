import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
};

/** Serves folders of files by their first name in the address, as an origin of its own. */
export async function serveFolders(
  folders: Readonly<Record<string, string>>,
): Promise<{ origin: string; stop(): Promise<void> }> {
  async function serve(path: string, response: ServerResponse): Promise<void> {
    const [, name = '', ...rest] = path.split('/');
    const file = join(folders[name] ?? '', ...rest);
    try {
      response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
      response.end(await readFile(file));
    } catch {
      // Also the browser's own wish for an icon.
      response.writeHead(204).end();
    }
  }

  const server = createServer(
    ({ url = '/' }, response) => void serve(new URL(url, 'http://server').pathname, response),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
