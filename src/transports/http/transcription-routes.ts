import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { AccountLimits } from '../../account/account-limits.js';
import type { Dictation } from '../../conversation/dictation.js';
import { AppError } from '../../kernel/errors.js';
import { transcriptionForm } from '../../schemas/message-schemas.js';
import { parse } from '../../schemas/validate.js';
import { principalOf } from '../request/authenticate.js';
import { setQuota } from '../request/quota.js';
import { receiveFile } from './receive-file.js';

export interface TranscriptionRoutesOptions {
  /** Absent without a transcriber. */
  readonly dictation: Dictation | undefined;
  readonly limits: AccountLimits;
  /** Leaves the body alone. */
  readonly authenticate: Middleware;
}

/** Dictation (docs/protocol.md, "Voice messages"). */
export function transcriptionRoutes({ dictation, limits, authenticate }: TranscriptionRoutesOptions): Router {
  const router = new Router();
  router.post('/api/transcriptions', authenticate, async (ctx) => {
    if (!dictation) throw new AppError('not_found', 'nobody transcribes here');
    const { userId } = principalOf(ctx);
    setQuota(ctx, await limits.consume('uploads', userId));
    const gone = new AbortController();
    ctx.res.once('close', () => gone.abort(new AppError('bad_request', 'the client has gone')));
    const { receive, fields } = receiveFile(ctx, dictation.maxBytes, ['language']);
    const language = (): string | undefined => parse(transcriptionForm, Object.fromEntries(fields)).language;
    ctx.body = { text: await dictation.transcribe(userId, receive, language, gone.signal) };
  });
  return router;
}
