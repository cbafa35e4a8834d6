import type { IncomingMessage } from 'node:http';
import { AppError } from '../../kernel/errors.js';

/** A body may take 10 s, and one second more for each KiB that has come. Example: 100 KiB may take 110 s. */
const GRACE_MS = 10_000;
const MIN_BYTES_PER_SECOND = 1024;

/** How often the progress is checked, in ms. */
const LOOK_MS = 1000;

export interface BodyProgress {
  /** Rejects when the body comes too slowly. @throws AppError `bad_request`, status 408 */
  readonly stopped: Promise<never>;
  /** Stops checking. */
  end(): void;
}

/** Checks how fast a body arrives. A client that sends one byte a minute would hold a connection and memory for hours. */
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
  // Whoever reads the body may have failed already, and then nobody handles this rejection.
  stopped.catch(() => {});
  return { stopped, end: () => clearInterval(timer) };
}
