/** `npm run ollama-double -- --port 11434 --tokens-per-second 30`: the double as a process of its own. */
import { parseArgs } from 'node:util';
import { startOllamaDouble } from './server.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '11434' },
    host: { type: 'string', default: '127.0.0.1' },
    model: { type: 'string', multiple: true },
    text: { type: 'string' },
    'tokens-per-second': { type: 'string', default: '30' },
    'first-token-ms': { type: 'string', default: '100' },
    'token-count': { type: 'string' },
    parallel: { type: 'string' },
    'max-queue': { type: 'string' },
    'load-ms': { type: 'string' },
  },
});

async function main(): Promise<void> {
  const double = await startOllamaDouble({
    port: Number(values.port),
    host: values.host,
    ...(values.model && { models: values.model }),
    ...(values.parallel !== undefined && { parallel: Number(values.parallel) }),
    ...(values['max-queue'] !== undefined && { maxQueue: Number(values['max-queue']) }),
    ...(values['load-ms'] !== undefined && { loadMs: Number(values['load-ms']) }),
    script: {
      tokensPerSecond: Number(values['tokens-per-second']),
      firstTokenMs: Number(values['first-token-ms']),
      ...(values.text !== undefined && { text: values.text }),
      ...(values['token-count'] !== undefined && { tokenCount: Number(values['token-count']) }),
    },
  });
  console.log(JSON.stringify({ msg: 'listening', url: double.url }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void double.stop());
}

void main();
