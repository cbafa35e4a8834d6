import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { answerInPieces } from '../../../src/transports/http/json-pieces.js';
import { listen } from '../../doubles/jwks-issuer.js';

const PIECE = 'x'.repeat(100_000);

/** A server whose document has as many pieces as `pieces` yields. */
async function serve(pieces: () => AsyncGenerator<string, void>, slowMs: number) {
  const app = new Koa();
  app.silent = true;
  const failures: unknown[] = [];
  app.use((ctx) =>
    answerInPieces(ctx, pieces(), slowMs).catch((error: unknown) => {
      failures.push(error);
      ctx.res.destroy();
    }),
  );
  const handle = app.callback();
  const server = await listen((request, response) => void handle(request, response));
  const { port } = server.address() as AddressInfo;
  return { server, failures, url: `http://127.0.0.1:${port}/` };
}

async function open(url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  return response;
}

test('a client that reads nothing is given up, and no more pieces are made', async () => {
  let made = 0;
  let givenUp = (): void => {};
  const given = new Promise<void>((resolve) => {
    givenUp = resolve;
  });
  async function* endless(): AsyncGenerator<string, void> {
    try {
      for (;;) {
        made++;
        yield PIECE;
      }
    } finally {
      givenUp();
    }
  }
  const { server, failures, url } = await serve(endless, 400);
  const response = await open(url);
  response.on('error', () => {});
  await given;
  // Buffers of the kernel and of Node, and then it waited.
  expect(made).toBeLessThan(500);
  expect(failures).toEqual([]);
  response.destroy();
  server.close();
});

test('what fails half-way breaks the connection off', async () => {
  async function* failing(): AsyncGenerator<string, void> {
    yield PIECE;
    throw new Error('no database');
  }
  const { server, failures, url } = await serve(failing, 60_000);
  const response = await open(url);
  await expect(response.toArray()).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(failures).toEqual([expect.objectContaining({ message: 'no database' })]);
  server.close();
});
