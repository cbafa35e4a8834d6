import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RedisError } from './redis-error.js';
import type { RedisClient } from './topology.js';

const NAMES = ['open', 'begin', 'restore', 'close', 'erase', 'read'] as const;

type Args = (string | number | Buffer)[];

/** Runs one script on the two keys of a log. Strings in the reply are Buffers. */
type Step = (text: string, log: string, ...args: Args) => Promise<unknown>;

/** Runs one script on `keys` keys, which come before the arguments. */
export type MultiStep = (keys: number, ...args: Args) => Promise<unknown>;

export type Steps = Readonly<Record<(typeof NAMES)[number], Step>> & { readonly append: MultiStep };

/**
 * The scripts of `scripts/` as functions that run over `redis`. Every script may be repeated when its reply was lost.
 * They reject with a `RedisError`, after calling `onError` with it.
 * @throws when a script file cannot be read.
 */
export function stepsOver(redis: RedisClient, onError: (error: RedisError) => void = () => {}): Steps {
  const steps = NAMES.map((name) => [name, define(redis, name, onError, 2)] as const);
  const append: MultiStep = define(redis, 'append', onError);
  return { ...(Object.fromEntries(steps) as unknown as Omit<Steps, 'append'>), append };
}

/** Without `numberOfKeys` the first argument of each call is the number of keys. */
function define(
  redis: RedisClient,
  name: string,
  onError: (error: RedisError) => void,
  numberOfKeys?: number,
): (...args: Args) => Promise<unknown> {
  const command = `veda_${name}`;
  const lua = readFileSync(join(import.meta.dirname, 'scripts', `${name}.lua`), 'utf8');
  redis.defineCommand(command, { lua, ...(numberOfKeys !== undefined && { numberOfKeys }) });
  const scripted = `${command}Buffer`;
  const run = (redis as unknown as Record<string, (...args: Args) => Promise<unknown>>)[scripted];
  if (!run) throw new Error(`ioredis did not define ${scripted}`);
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
    /^(?:MOVED|ASK|TRYAGAIN|CLUSTERDOWN) |same slots allocation group/.test(error.message)
  );
}

async function runAlone(redis: RedisClient, scripted: string, args: Args): Promise<unknown> {
  const pipeline = redis.pipeline();
  (pipeline as unknown as Record<string, (...args: unknown[]) => unknown>)[scripted]?.(...args);
  const [result] = (await pipeline.exec()) ?? [];
  if (result?.[0]) throw result[0];
  return result?.[1];
}
