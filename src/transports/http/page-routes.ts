import { Router } from '@koa/router';
import type { Context } from 'koa';
import { AppError } from '../../kernel/errors.js';
import { type Encoding, type PageFile, type PageFiles, pageFile } from './page-files.js';

export interface PageRoutesOptions {
  readonly files: PageFiles;
  /** What the page may offer to who is not signed in; `token`: only a token of another issuer to paste. */
  readonly signIn: SignInOffer;
  /** How to reach a human, as the page says it. Any text. */
  readonly humanContact?: string | undefined;
  /** The operator's disclaimers, which the page shows apart from the answers. */
  readonly disclaimers?: readonly string[];
}

export type SignInOffer = 'token' | `accounts${'' | ' registration'}${'' | ' demo'}`;

/** The chat page, and the client library as one file for pages without a build (docs/protocol.md, "REST"). */
export async function pageRoutes({ files, ...content }: PageRoutesOptions): Promise<Router> {
  const router = new Router();
  const page = await withContent(content, files.get('index.html'));

  router.get('/', async (ctx) => {
    if (!page)
      throw new AppError('not_found', 'the chat page is not there: run npm run build, and start again');
    ctx.set(PAGE_HEADERS);
    await serve(ctx, page, CHECKED);
  });

  router.get('/client.js', (ctx) => serve(ctx, files.get('client.js'), CHECKED));

  router.get('/assets/:file', (ctx) => serve(ctx, files.get(`assets/${ctx.params['file']}`), KEPT));

  return router;
}

/** Asked for each time, and sent only when it has changed. */
const CHECKED = 'no-cache';

/** The name has the hash of the content in it. */
const KEPT = 'public, max-age=31536000, immutable';

/** Nothing but the page's own files and its own server, and no text becomes HTML. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // Attachments are fetched with the token and shown from memory.
  "img-src 'self' blob:",
  'media-src blob:',
  // Covers ws: and wss: of this very origin too (CSP 3, 6.7.2.8).
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const PAGE_HEADERS = {
  'Content-Security-Policy': POLICY,
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(self)',
};

/** The page learns from its own text what it may offer: a request to find out could fail, and would take time. */
async function withContent(
  { signIn, humanContact = '', disclaimers = [] }: Omit<PageRoutesOptions, 'files'>,
  page: PageFile | undefined,
): Promise<PageFile | undefined> {
  if (!page) return undefined;
  const html = (await page.as('identity')).toString();
  const metas = {
    'sign-in': signIn,
    'human-contact': humanContact,
    disclaimers: disclaimers.length > 0 ? JSON.stringify(disclaimers) : '',
  };
  const filled = Object.entries(metas).reduce((text, [name, content]) => withMeta(text, name, content), html);
  return pageFile('.html', Buffer.from(filled));
}

function withMeta(html: string, name: string, content: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  // A function, since `$&` in a replacement text would have a meaning.
  return html.replace(new RegExp(`(<meta name="${name}" content=")[^"]*`), (_, before) => before + escaped);
}

/** The smallest first: browsers name them all, in no order that means anything. */
const ENCODINGS: readonly Encoding[] = ['br', 'gzip'];

async function serve(ctx: Context, file: PageFile | undefined, caching: string): Promise<void> {
  if (!file) throw new AppError('not_found', 'there is nothing at this address');
  const encoding = ENCODINGS.find((name) => ctx.acceptsEncodings(name)) ?? 'identity';
  ctx.vary('Accept-Encoding');
  ctx.set('Cache-Control', caching);
  ctx.etag = `${file.hash}-${encoding}`;
  ctx.status = 200;
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  if (encoding !== 'identity') ctx.set('Content-Encoding', encoding);
  ctx.body = await file.as(encoding);
  ctx.type = file.type;
}
