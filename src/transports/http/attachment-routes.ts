import { Readable } from 'node:stream';
import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { AccountLimits } from '../../account/account-limits.js';
import { type Attachments, noSuchAttachment } from '../../conversation/attachments.js';
import { isId } from '../../conversation/ids.js';
import { principalOf } from '../request/authenticate.js';
import { setQuota } from '../request/quota.js';
import { receiveFile } from './receive-file.js';

export interface AttachmentRoutesOptions {
  readonly attachments: Attachments;
  readonly limits: AccountLimits;
  /** Leaves the body alone. */
  readonly authenticate: Middleware;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'audio/wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/webm': 'webm',
  'audio/mp4': 'm4a',
};

/** Images and voice messages before they are sent, and after (docs/protocol.md, "Attachments"). */
export function attachmentRoutes({ attachments, limits, authenticate }: AttachmentRoutesOptions): Router {
  const router = new Router({ prefix: '/api/attachments' });
  router.use(authenticate);

  router.post('/', async (ctx) => {
    const { userId } = principalOf(ctx);
    setQuota(ctx, await limits.consume('uploads', userId));
    const { receive } = receiveFile(ctx, attachments.maxBytes);
    ctx.body = await attachments.add(userId, receive);
    ctx.status = 201;
  });

  router.get('/:id', async (ctx) => {
    const { attachment, content } = await attachments.open(
      principalOf(ctx).userId,
      attachmentId(ctx['params']['id']),
    );
    ctx.type = attachment.mediaType;
    ctx.length = attachment.bytes;
    ctx.set('Cache-Control', 'private, no-store');
    // Even if the file is HTML and opened as a page, it can run nothing.
    ctx.set('Content-Security-Policy', "default-src 'none'; sandbox");
    const extension = EXTENSIONS[attachment.mediaType] ?? 'bin';
    ctx.set('Content-Disposition', `attachment; filename="${attachment.kind}-${attachment.id}.${extension}"`);
    ctx.body = Readable.from(content, { objectMode: false });
  });

  router.delete('/:id', async (ctx) => {
    await attachments.remove(principalOf(ctx).userId, attachmentId(ctx['params']['id']));
    ctx.status = 204;
  });

  return router;
}

/** @throws AppError `not_found` for what is no UUID */
function attachmentId(text: unknown): string {
  if (typeof text === 'string' && isId(text)) return text.toLowerCase();
  throw noSuchAttachment();
}
