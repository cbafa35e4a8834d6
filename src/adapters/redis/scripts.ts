import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RedisError } from './redis-error.js';
import type { RedisClient } from './topology.js';

const NAMES = ['open', 'begin', 'append', 'restore', 'close', 'erase', 'read'] as const;

/** Runs one script on the two keys of a log. Strings in the reply are Buffers. */
type Step = (text: string, log: string, ...args: (string | number)[]) => Promise<unknown>;

export type Steps = Readonly<Record<(typeof NAMES)[number], Step>>;

/**
 * The scripts of `scripts/` as functions that run over `redis`. Every script may be repeated when its reply was lost.
 * They reject with a `RedisError`, after calling `onError` with it.
 * @throws when a script file cannot be read.
 */
export function stepsOver(redis: RedisClient, onError: (error: RedisError) => void = () => {}): Steps {
  const steps = NAMES.map((name) => [name, define(redis, name, onError)] as const);
  return Object.fromEntries(steps) as unknown as Steps;
}

function define(redis: RedisClient, name: string, onError: (error: RedisError) => void): Step {
  const command = `veda_${name}`;
  const lua = readFileSync(join(import.meta.dirname, 'scripts', `${name}.lua`), 'utf8');
  redis.defineCommand(command, { lua, numberOfKeys: 2 });
  const scripted = `${command}Buffer`;
  const run = (redis as unknown as Record<string, Step>)[scripted] as Step;
  const fail = (cause: unknown): RedisError => {
    const error = new RedisError(name, cause);
    onError(error);
    return error;
  };
  return async (...args) => {
    for (;;) {
      try {
        return await run.apply(redis, args);
      } catch (error) {
        if (wasInterrupted(error)) continue;
        if (!wasRedirected(error)) throw fail(error);
        return await runAlone(redis, scripted, args).catch((cause: unknown) => {
          throw fail(cause);
        });
      }
    }
  };
}

/** ioredis resends unanswered commands after a lost connection, but not the rest of a half-answered pipeline. */
function wasInterrupted(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** ioredis follows a cluster's redirection of a whole pipeline, but not of a part of it. */
function wasRedirected(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(?:MOVED|ASK|TRYAGAIN|CLUSTERDOWN) |same places allocation group/.test(error.message)
  );
}

async function runAlone(redis: RedisClient, scripted: string, args: Parameters<Step>): Promise<unknown> {
  const pipeline = redis.pipeline();
  (pipeline as unknown as Record<string, (...args: unknown[]) => unknown>)[scripted]?.(...args);
  const [result] = (await pipeline.exec()) ?? [];
  if (result?.[0]) throw result[0];
  return result?.[1];
}
