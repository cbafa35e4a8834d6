import { AppError } from '../../kernel/errors.js';

/** The refusal of a file. `why` names what it is and never quotes it. */
export function unsupported(why: string, cause?: unknown): AppError {
  return new AppError('unsupported_media_type', why, cause === undefined ? {} : { cause });
}
