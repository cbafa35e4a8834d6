import { AppError } from '../kernel/errors.js';
import { exceededBound, type JsonBounds } from './json-bounds.js';

/** What a frame holds. @throws AppError `bad_request` for what is not JSON, and what exceeds the bounds */
export function parseFrame(text: string, bounds: JsonBounds): unknown {
  if (exceededBound(text, bounds))
    throw new AppError('bad_request', 'a frame has too many or too deep values');
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause: it quotes what was sent.
    throw new AppError('bad_request', 'a frame must be JSON');
  }
}
