import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Accounts } from '../../account/accounts.js';
import type { Limited, SignIn } from '../../account/sign-in.js';
import { type StreamTickets, TICKET_SECONDS } from '../../account/tickets.js';
import { credentials, refreshRequest, registration } from '../../schemas/account-schemas.js';
import { noBody } from '../../schemas/message-schemas.js';
import { principalOf } from '../request/authenticate.js';
import { bodyOf } from '../request/body.js';
import { setQuota } from '../request/quota.js';
import { jsonBody, OPEN_BODY_BYTES } from './body-parser.js';

export interface AuthRoutesOptions {
  readonly accounts: Accounts;
  readonly tickets: StreamTickets;
  /** `authenticate(…)`, for the routes that are not open. */
  readonly authenticate: Middleware;
  /** Absent when tokens come from elsewhere (`JWKS_URI`): then there is no way in here. */
  readonly signIn?: SignIn;
  /** Whether anybody may register (`ALLOW_REGISTRATION`). Otherwise there is no such route. */
  readonly registration: boolean;
  /** Whether anybody may become a demo user. */
  readonly demo: boolean;
}

/** Signing in and out, and tickets (docs/protocol.md, "REST"). */
export function authRoutes(options: AuthRoutesOptions): Router {
  const { accounts, tickets, authenticate, signIn } = options;
  const router = new Router();
  const readBody = jsonBody({ maxBytes: OPEN_BODY_BYTES });

  if (signIn && options.registration) {
    router.post('/api/auth/register', readBody, async (ctx) => {
      answerLimited(ctx, 201, await signIn.register(bodyOf(ctx, registration), ctx.ip, userAgentOf(ctx)));
    });
  }

  if (signIn) {
    router.post('/api/auth/login', readBody, async (ctx) => {
      answerLimited(ctx, 200, await signIn.login(bodyOf(ctx, credentials), ctx.ip, userAgentOf(ctx)));
    });

    router.post('/api/auth/refresh', readBody, async (ctx) => {
      const { refreshToken } = bodyOf(ctx, refreshRequest);
      answerLimited(ctx, 200, await signIn.refresh(refreshToken, ctx.ip));
    });
  }

  if (signIn && options.demo) {
    router.post('/api/auth/demo', readBody, async (ctx) => {
      bodyOf(ctx, noBody);
      answerLimited(ctx, 201, await signIn.demo(ctx.ip, userAgentOf(ctx)));
    });
  }

  router.post('/api/auth/logout', authenticate, async (ctx) => {
    bodyOf(ctx, noBody);
    await accounts.logout(principalOf(ctx));
    ctx.status = 204;
  });

  router.post('/api/stream-tickets', authenticate, async (ctx) => {
    bodyOf(ctx, noBody);
    const { ticket, quota } = await tickets.issue(principalOf(ctx));
    answerLimited(ctx, 201, { result: { ticket, expiresIn: TICKET_SECONDS }, quota });
  });

  return router;
}

const MAX_USER_AGENT = 400;

/** A header is bytes; what is no printable character says nothing about the client. */
function userAgentOf(ctx: Context): string | undefined {
  return ctx.get('user-agent').replaceAll(/\p{C}/gu, '').slice(0, MAX_USER_AGENT) || undefined;
}

function answerLimited(ctx: Context, status: number, { result, quota }: Limited<object>): void {
  setQuota(ctx, quota);
  answer(ctx, status, result);
}

/** Tokens and personal data stay out of every cache (RFC 6749, 5.1). */
function answer(ctx: Context, status: number, body: object): void {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = body;
}
