import { createHash } from 'node:crypto';
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { asyncApi } from '../../schemas/asyncapi.js';
import { openApi } from '../../schemas/openapi.js';
import { docsPage, STYLE } from './docs-page.js';

/** What REST and the sockets are, for machines, and REST for people too (docs/protocol.md, "REST"). */
export function docsRoutes(): Router {
  const router = new Router();
  const api = openApi();
  const description = documentOf(JSON.stringify(api));
  const sockets = documentOf(JSON.stringify(asyncApi()));
  const page = documentOf(docsPage(api));

  router.get('/openapi.json', (ctx) => serve(ctx, 'json', description));
  router.get('/asyncapi.json', (ctx) => serve(ctx, 'json', sockets));
  router.get('/docs', (ctx) => {
    ctx.set('Content-Security-Policy', POLICY);
    serve(ctx, 'html', page);
  });

  return router;
}

interface Document {
  readonly text: string;
  readonly etag: string;
}

function documentOf(text: string): Document {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  return { text, etag };
}

/** 304 for a client that has it. Answers about people have no ETag: they are never cached. */
function serve(ctx: Context, type: 'json' | 'html', { text, etag }: Document): void {
  ctx.set('Cache-Control', CACHE);
  ctx.set('ETag', etag);
  ctx.status = 200;
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  ctx.type = type;
  ctx.body = text;
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
