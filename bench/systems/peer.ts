import { join } from 'node:path';
import { startRedis } from '../../test/support/redis.js';
import { readLines } from '../load/lines.js';
import type { Servers } from '../servers.js';
import { QUESTION } from './gateway-clients.js';
import { startProcess } from './process.js';
import type { Exchange, SystemFactory } from './system.js';

const peer = (file: string): string[] => ['--import', 'tsx', join(import.meta.dirname, 'peers', file)];

/** A POST whose response is an event stream of chunks, as the peers answer it. */
function exchangeWith(url: string): Exchange {
  return (onText) =>
    readLines({ method: 'POST', url, headers: {}, body: { text: QUESTION } }, (line, arrivedAt) => {
      if (line.startsWith('data: ')) onText((JSON.parse(line.slice(6)) as { data: string }).data, arrivedAt);
      return undefined;
    });
}

/** The usual design: a BullMQ job; one XADD and one PUBLISH a token; one Redis subscriber a client; nothing durable. */
export function usualDesign(servers: Servers): SystemFactory {
  const name = 'usual';
  return {
    name,
    start: async () => {
      const redis = await startRedis();
      const env = { REDIS_URL: redis.url, OLLAMA_HOST: servers.ollamaUrl };
      const start = (file: string) =>
        startProcess(peer(file), { cwd: process.cwd(), env, readyMessage: 'ready' });
      const [gateway, worker] = await Promise.all([start('usual-gateway.ts'), start('usual-worker.ts')]);
      const url = `http://127.0.0.1:${String(gateway.ready['port'])}/chat`;
      return {
        name,
        pids: { gateway: gateway.pid, worker: worker.pid, redis: redis.pid },
        connect: async (count) => Array.from({ length: count }, () => exchangeWith(url)),
        disconnect: async () => {},
        stop: async () => {
          await Promise.all([gateway.stop(), worker.stop()]);
          await redis.stop();
        },
      };
    },
  };
}

/** A Koa handler that passes the model's stream on and keeps nothing. */
export function relay(servers: Servers): SystemFactory {
  const name = 'relay';
  return {
    name,
    start: async () => {
      const server = await startProcess(peer('relay.ts'), {
        cwd: process.cwd(),
        env: { OLLAMA_HOST: servers.ollamaUrl },
        readyMessage: 'ready',
      });
      const url = `http://127.0.0.1:${String(server.ready['port'])}/chat`;
      return {
        name,
        pids: { gateway: server.pid },
        connect: async (count) => Array.from({ length: count }, () => exchangeWith(url)),
        disconnect: async () => {},
        stop: () => server.stop(),
      };
    },
  };
}

/** The client asks the model's server itself. */
export function direct(servers: Servers): SystemFactory {
  const name = 'direct';
  const body = { model: 'llama3.2', messages: [{ role: 'user', content: QUESTION }], stream: true };
  const exchange: Exchange = (onText) =>
    readLines(
      { method: 'POST', url: `${servers.ollamaUrl}/api/chat`, headers: {}, body },
      (line, arrivedAt) => {
        if (line !== '')
          onText((JSON.parse(line) as { message: { content: string } }).message.content, arrivedAt);
        return undefined;
      },
    );
  return {
    name,
    start: async () => ({
      name,
      pids: {},
      connect: async (count) => Array.from({ length: count }, () => exchange),
      disconnect: async () => {},
      stop: async () => {},
    }),
  };
}
