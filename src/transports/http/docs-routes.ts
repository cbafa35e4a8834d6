import { createHash } from 'node:crypto';
import { Router } from '@koa/router';
import { asyncApi } from '../../schemas/asyncapi.js';
import { openApi } from '../../schemas/openapi.js';
import { docsPage, STYLE } from './docs-page.js';

/** What REST and the sockets are, for machines, and REST for people too (docs/protocol.md, "REST"). */
export function docsRoutes(): Router {
  const router = new Router();
  const description = openApi();
  const sockets = asyncApi();
  const page = docsPage(description);

  router.get('/openapi.json', (ctx) => {
    ctx.set('Cache-Control', CACHE);
    ctx.body = description;
  });

  router.get('/asyncapi.json', (ctx) => {
    ctx.set('Cache-Control', CACHE);
    ctx.body = sockets;
  });

  router.get('/docs', (ctx) => {
    ctx.set('Cache-Control', CACHE);
    ctx.set('Content-Security-Policy', POLICY);
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Referrer-Policy', 'no-referrer');
    ctx.type = 'html';
    ctx.body = page;
  });

  return router;
}

/** Changes with a release only, and a release should be seen soon. */
const CACHE = 'public, max-age=60';

/** Nothing but the page's own style: no script, no other address, no frame around it. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
