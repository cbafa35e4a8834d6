import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { AccountLimits } from '../../account/account-limits.js';
import type { Accounts } from '../../account/accounts.js';
import type { Credentials } from '../../account/credentials.js';
import type { UserDeletion } from '../../account/deletion.js';
import type { UserExport } from '../../account/export.js';
import {
  accountDeletion,
  passwordChange,
  profileChange,
  sessionPage,
} from '../../schemas/account-schemas.js';
import { parse } from '../../schemas/validate.js';
import { principalOf } from '../request/authenticate.js';
import { bodyOf } from '../request/body.js';
import { idOf } from '../request/ids.js';
import { setQuota } from '../request/quota.js';
import { jsonBody } from './body-parser.js';
import { answerInPieces } from './json-pieces.js';

export interface MeRoutesOptions {
  readonly accounts: Accounts;
  readonly credentials: Credentials;
  readonly deletion: UserDeletion;
  readonly userExport: UserExport;
  readonly limits: AccountLimits;
  readonly authenticate: Middleware;
  /** How long a client may take nothing of an export, in ms. */
  readonly slowMs: number;
  /** Whether passwords are ours; otherwise there is no such route (`JWKS_URI`). */
  readonly passwords: boolean;
}

/** What a person can do with the own account (docs/protocol.md, "REST"). */
export function meRoutes(options: MeRoutesOptions): Router {
  const { accounts, credentials, deletion, userExport, limits, authenticate } = options;
  const router = new Router();

  router.get('/api/me', authenticate, async (ctx) => {
    ctx.body = await accounts.me(principalOf(ctx));
  });

  router.patch('/api/me', authenticate, async (ctx) => {
    const change = bodyOf(ctx, profileChange);
    ctx.body = await credentials.changeProfile(principalOf(ctx), change, ctx.ip);
  });

  router.delete('/api/me', authenticate, jsonBody({ methods: ['DELETE'] }), async (ctx) => {
    const { password } = bodyOf(ctx, accountDeletion);
    const principal = principalOf(ctx);
    await credentials.confirm(principal, password, ctx.ip);
    await deletion.delete(principal.userId);
    ctx.status = 202;
    ctx.body = { status: 'deleted' };
  });

  router.get('/api/me/export', authenticate, async (ctx) => {
    const { userId } = principalOf(ctx);
    setQuota(ctx, await limits.consume('exports', userId));
    ctx.set('Content-Disposition', 'attachment; filename="veda-gateway-export.json"');
    await answerInPieces(ctx, userExport.pieces(userId), options.slowMs);
  });

  router.get('/api/me/sessions', authenticate, async (ctx) => {
    const { limit, cursor } = parse(sessionPage, ctx.query);
    ctx.body = await accounts.sessions(principalOf(ctx), limit, cursor);
  });

  router.delete('/api/me/sessions/:id', authenticate, async (ctx) => {
    await accounts.endSession(principalOf(ctx), idOf(ctx, 'id'));
    ctx.status = 204;
  });

  if (options.passwords) {
    router.post('/api/auth/password', authenticate, async (ctx) => {
      await credentials.changePassword(principalOf(ctx), bodyOf(ctx, passwordChange), ctx.ip);
      ctx.status = 204;
    });
  }

  return router;
}
