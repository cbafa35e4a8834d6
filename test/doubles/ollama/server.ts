import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Embedding, type EmbeddingFault } from './embedding.js';
import { Hearing } from './hearing.js';
import { type ModelSpec, Models } from './models.js';
import { type LoggedRequest, RequestLog } from './request-log.js';
import { route } from './routes.js';
import { Scheduler, type SchedulerCounts, type SchedulerOptions } from './scheduler.js';
import type { Script } from './script.js';
import { Scripts } from './scripts.js';
import { Ticker } from './ticker.js';

export interface OllamaDoubleOptions extends SchedulerOptions {
  /** 0, the default, is any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Models that are there; without, every model is. */
  readonly models?: readonly (string | ModelSpec)[];
  /** How requests are answered that no other script is for. */
  readonly script?: Script;
}

/** A stand-in for an Ollama server, over real HTTP, that does what a test says. */
export interface OllamaDouble {
  readonly url: string;
  /** Every request for an answer, oldest first. */
  requests(): LoggedRequest[];
  /** Those of them that are being answered. */
  running(): LoggedRequest[];
  /** Resolves with the first request that matches, now or later. */
  when(matches: (request: LoggedRequest) => boolean): Promise<LoggedRequest>;
  /** Answers the next completion so; with several calls, one after the other. */
  script(script: Script): void;
  /** Drops the scripts that no completion has taken. */
  clearScripts(): void;
  /** Answers all others so, from now on. */
  defaultScript(script: Script): void;
  /** What is heard in recordings from now on, or the status of a refusal. */
  hears(next: string | number): void;
  /** How requests for vectors are met from now on. */
  embeds(fault: EmbeddingFault): void;
  /** What was loaded, and who waited. */
  counts(): SchedulerCounts;
  /** Ends everything, running answers too. */
  stop(): Promise<void>;
}

export async function startOllamaDouble(options: OllamaDoubleOptions = {}): Promise<OllamaDouble> {
  const log = new RequestLog();
  const scripts = new Scripts(options.script ?? {});
  const scheduler = new Scheduler(options);
  const hearing = new Hearing();
  const embedding = new Embedding();
  const models = new Models(options.models);
  const parts = { models, scripts, log, ticker: new Ticker(), scheduler, hearing, embedding };
  const server = createServer((request, response) => void route(parts, request, response));
  // Ollama has no such limits: a keep-alive connection is never closed under a client.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    requests: () => log.all(),
    running: () => log.running(),
    when: (matches) => log.when(matches),
    script: (script) => scripts.queue(script),
    clearScripts: () => scripts.clear(),
    defaultScript: (script) => scripts.setDefault(script),
    hears: (next) => {
      hearing.next = next;
    },
    embeds: (fault) => {
      embedding.fault = fault;
    },
    counts: () => ({ ...scheduler.counts }),
    stop: () => stop(server),
  };
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
