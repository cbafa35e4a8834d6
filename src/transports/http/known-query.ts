import type { Context } from 'koa';
import { AppError } from '../../kernel/errors.js';
import { OPERATIONS } from '../../schemas/operations.js';

/** Further query parameters of a route, by its kind of access. */
const CREDENTIALS = { open: [], bearer: [], stream: ['ticket', 'token'] } as const;

const MAX_NAME = 64;

interface KnownQuery {
  readonly method: string;
  readonly path: RegExp;
  readonly names: ReadonlySet<string>;
}

const KNOWN: readonly KnownQuery[] = Object.values(OPERATIONS)
  // Clients that others wrote may put anything into an address.
  .filter(({ at, dialect }) => at.includes(' /api/') && !dialect)
  .map(({ at, access, query }) => {
    const [method = '', path = ''] = at.split(' ');
    return {
      method,
      path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
      names: new Set([...Object.keys(query?.shape ?? {}), ...CREDENTIALS[access]]),
    };
  });

/**
 * Refuses query parameters that a route of the API does not have: one that is misspelt would have no effect, and nobody would
 * know.
 * @throws AppError `bad_request` that names the first
 */
export function requireKnownQuery(ctx: Context): void {
  const given = Object.keys(ctx.query);
  if (given.length === 0) return;
  const method = ctx.method === 'HEAD' ? 'GET' : ctx.method;
  const known = KNOWN.find((route) => route.method === method && route.path.test(ctx.path));
  const unknown = known && given.find((name) => !known.names.has(name));
  if (unknown === undefined) return;
  throw new AppError('bad_request', `unknown query parameter "${unknown.slice(0, MAX_NAME)}"`);
}
