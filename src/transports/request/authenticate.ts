import type { Context, Middleware } from 'koa';
import koaJwt from 'koa-jwt';
import type { Authenticator } from '../../account/authenticator.js';
import type { TokenVerifier } from '../../account/ports.js';
import type { Principal } from '../../account/principal.js';
import type { StreamTickets } from '../../account/tickets.js';
import { AppError } from '../../kernel/errors.js';
import { jsonBody } from '../http/body-parser.js';
import { requireKnownQuery } from '../http/known-query.js';

export interface AuthenticateOptions {
  readonly verifier: TokenVerifier;
  readonly authenticator: Authenticator;
}

/**
 * Finds out who is speaking from the Bearer header, for `principalOf`, and only then reads the body, for `bodyOf`.
 * @throws AppError 401, and whatever `jsonBody` throws
 */
export function authenticate(options: AuthenticateOptions): Middleware {
  const identify = authenticateOnly(options);
  const readBody = jsonBody();
  return (ctx, next) => identify(ctx, () => readBody(ctx, next));
}

/** The same for routes that read their body themselves. @throws AppError 401 */
export function authenticateOnly(options: AuthenticateOptions): Middleware {
  const bearer = bearerPrincipal(options);
  return async (ctx, next) => {
    ctx.state['principal'] = await bearer(ctx);
    requireKnownQuery(ctx);
    await next();
  };
}

/**
 * The same for routes that an EventSource opens, which cannot set a header: takes `?ticket=` and `?token=` too. Not for
 * ordinary routes: addresses end up in histories and logs.
 */
export function authenticateStream(options: AuthenticateOptions & { tickets: StreamTickets }): Middleware {
  const bearer = bearerPrincipal(options, (ctx) => queryValue(ctx, 'token'));
  return async (ctx, next) => {
    // First, since it must not cost the ticket.
    requireKnownQuery(ctx);
    const ticket = ctx.get('authorization') === '' ? queryValue(ctx, 'ticket') : null;
    ctx.state['principal'] =
      ticket === null ? await bearer(ctx) : await options.tickets.redeem(ticket, ctx.ip);
    await next();
  };
}

/** Who is speaking, on a route behind one of the above. */
export function principalOf(ctx: Context): Principal {
  const principal: Principal | undefined = ctx.state['principal'];
  if (!principal) throw tokenRequired();
  return principal;
}

function bearerPrincipal(
  { verifier, authenticator }: AuthenticateOptions,
  otherToken: (ctx: Context) => string | null = () => null,
): (ctx: Context) => Promise<Principal> {
  const check = koaJwt({
    ...verifier.rules,
    // koa-jwt's types know no KeyObject; jsonwebtoken, which gets it, does.
    secret: verifier.key.bind(verifier) as unknown as koaJwt.SecretLoader,
    getToken: (ctx) => (bearerToken(ctx) === null ? otherToken(ctx) : null),
    key: 'claims',
  });
  return async (ctx) => {
    const token = bearerToken(ctx) ?? otherToken(ctx);
    if (token !== null && verifier.needsVerify(token)) return authenticator.authenticate(token);
    try {
      await check(ctx, async () => {});
    } catch (error) {
      // koa-jwt's own 401 is plain text; what it has to say is in the error that it wraps.
      const { originalError } = error as { originalError?: unknown };
      throw originalError === undefined ? tokenRequired() : verifier.refusal(originalError);
    }
    return authenticator.principalOf(verifier.claims(ctx.state['claims']));
  };
}

/** Null without the header. A header without a token counts as an invalid token; the query is ignored. */
function bearerToken(ctx: Context): string | null {
  const header = ctx.get('authorization');
  return header === '' ? null : (/^Bearer +(\S+)$/i.exec(header)?.[1] ?? '');
}

function tokenRequired(): AppError {
  return new AppError('unauthorized', 'an access token is required, as Authorization: Bearer <token>');
}

/** Null for a parameter that is absent, empty or given twice. */
function queryValue(ctx: Context, name: string): string | null {
  const value = ctx.query[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
