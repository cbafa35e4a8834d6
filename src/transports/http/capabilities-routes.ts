import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { Capabilities } from '../../protocol/capabilities.js';

export interface CapabilitiesRoutesOptions {
  readonly capabilities: () => Promise<Capabilities>;
  readonly authenticate: Middleware;
}

/** What this deployment can do now, so that a page offers nothing else. */
export function capabilitiesRoutes({ capabilities, authenticate }: CapabilitiesRoutesOptions): Router {
  const router = new Router();
  router.get('/api/capabilities', authenticate, async (ctx) => {
    ctx.body = await capabilities();
  });
  return router;
}
