import { type FollowEvent, type FollowPorts, follow, type Start } from '../../generation/follow.js';
import type { Logger } from '../../kernel/logger.js';

/** How long after a failure it is tried again, in ms. */
const RETRY_MS = 1000;

export interface UnbrokenPorts extends FollowPorts {
  readonly logger: Logger;
}

/**
 * As `follow`, but a part of the service that is away for a moment breaks nothing off: it goes on after the last event. Then
 * `ready` and `stopping` may come again.
 */
export async function* followUnbroken(
  ports: UnbrokenPorts,
  conversationId: string,
  from: Start,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent, void> {
  let start = from;
  while (!signal.aborted) {
    try {
      for await (const event of follow(ports, conversationId, { start }, signal)) {
        start = startAfter(start, event);
        yield event;
      }
      return;
    } catch (error) {
      ports.logger.warn('stream broken off', { transport: 'socketio', conversationId, error });
      await ports.clock.sleep(RETRY_MS, signal);
    }
  }
}

function startAfter(start: Start, event: FollowEvent): Start {
  if (event.kind === 'ready' || event.kind === 'stopping' || event.kind === 'gone') return start;
  const { cursor, kind } = event;
  const resetFirst = (start.resetFirst ?? false) && kind !== 'reset' && kind !== 'ended';
  return { cursor, seq: cursor.seq, resetFirst };
}
