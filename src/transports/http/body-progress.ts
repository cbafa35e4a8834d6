import type { IncomingMessage } from 'node:http';
import { AppError } from '../../kernel/errors.js';

/** A body may take this long, in ms, and then as long as it takes at this many bytes a second. */
const GRACE_MS = 10_000;
const MIN_BYTES_PER_SECOND = 1024;

/** How often its progress is looked at, in ms. */
const LOOK_MS = 1000;

export interface BodyProgress {
  /** Rejects when the body comes too slowly. @throws AppError `bad_request`, status 408 */
  readonly stopped: Promise<never>;
  /** Ends the watch. */
  end(): void;
}

/** Watches how fast a body arrives: one byte a minute would keep a connection, and what is read of its body, for hours. */
export function requireProgress({ socket }: IncomingMessage): BodyProgress {
  const began = performance.now();
  const bytesBefore = socket.bytesRead;
  let timer: NodeJS.Timeout | undefined;
  const stopped = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const bytes = socket.bytesRead - bytesBefore;
      const allowedMs = GRACE_MS + (bytes / MIN_BYTES_PER_SECOND) * 1000;
      if (performance.now() - began < allowedMs) return;
      reject(new AppError('bad_request', 'the body comes too slowly', { status: 408 }));
    }, LOOK_MS);
  });
  // Nobody may be waiting for it by then.
  stopped.catch(() => {});
  return { stopped, end: () => clearInterval(timer) };
}
