import { forkedBy, lastAttempt } from '../generation/attempts.js';
import type { Start } from '../generation/follow.js';
import type { GenerationLog } from '../generation/generation-log.js';
import { startsInsideCharacter } from '../generation/utf8.js';
import { AppError } from '../kernel/errors.js';
import { beforeAccepted, type Cursor, parseCursor, textPosition } from '../protocol/cursor.js';
import type { ConversationState, ConversationStore, RunningGeneration } from './conversation-store.js';
import { found } from './conversations.js';

export interface StartPorts {
  readonly store: ConversationStore;
  readonly log: GenerationLog;
}

/** Where a reader begins, and whether there is anything to read at once. */
export interface Beginning {
  readonly start: Start;
  /** Nothing runs or waits, and nothing follows the cursor. */
  readonly idle: boolean;
}

/**
 * Where a stream of the user's conversation begins: after `cursor`; without one at the generation that is running, else
 * at what comes next.
 * @throws AppError `not_found`; `bad_request` for a cursor that this conversation cannot have given.
 */
export async function beginningOf(
  ports: StartPorts,
  userId: string,
  conversationId: string,
  cursor: string | undefined,
): Promise<Beginning> {
  if (cursor === undefined) {
    const state = found(await ports.store.state(userId, conversationId));
    const { open } = state;
    const start = open
      ? { cursor: beforeAccepted(open.ref.seq), seq: open.ref.seq, resetFirst: true }
      : { cursor: endOf(state), seq: state.last + 1 };
    return { start, idle: !open };
  }
  const parsed = parseCursor(cursor);
  // The conversation is looked up all the same: what somebody may not see is not there, whatever the cursor.
  const state = found(
    await ports.store.state(userId, conversationId, parsed?.seq, parsed && textPosition(parsed)),
  );
  if (!parsed || !(await couldHaveGiven(ports.log, state, parsed))) {
    throw new AppError('bad_request', 'this conversation has given no such cursor');
  }
  const start = { cursor: parsed, seq: standsAtEnd(state, parsed) ? parsed.seq + 1 : parsed.seq };
  return { start, idle: !state.open && start.seq > state.last };
}

/** The place after everything that has ended: `1.0.0` in a conversation without generations. */
export function endOf({ last, generation }: ConversationState): Cursor {
  if (generation?.bytes === undefined) return beforeAccepted(last + 1);
  return { seq: last, attempt: lastAttempt(generation.attempts), position: generation.bytes + 1 };
}

function standsAtEnd({ generation }: ConversationState, { attempt, position }: Cursor): boolean {
  return (
    generation?.bytes !== undefined &&
    position === generation.bytes + 1 &&
    attempt === lastAttempt(generation.attempts)
  );
}

async function couldHaveGiven(
  log: GenerationLog,
  state: ConversationState,
  cursor: Cursor,
): Promise<boolean> {
  const { generation, last } = state;
  if (!generation) return last === 0 && cursor.seq === 1 && cursor.attempt === 0 && cursor.position === 0;
  if (cursor.attempt === 0) return cursor.position <= 1;
  if (cursor.attempt > lastAttempt(generation.attempts)) return false;
  // Text that was dropped had other lengths and other characters; its reader is told by a reset.
  if (forkedBy(cursor, generation.attempts) !== undefined) return true;
  if (generation.bytes === undefined) return !(await isInsideCharacter(log, generation, cursor.position));
  const inside = generation.byte !== undefined && startsInsideCharacter(Buffer.of(generation.byte));
  return cursor.position <= generation.bytes + 1 && !inside;
}

/** Of an answer that is being written. The log may hold an older or a newer attempt's text than the rows told of. */
async function isInsideCharacter(
  log: GenerationLog,
  { ref, attempts }: RunningGeneration,
  position: number,
): Promise<boolean> {
  if (await log.startsCharacter(ref, position)) return false;
  const snapshot = await log.peek(ref).catch(() => undefined);
  if (!snapshot || lastAttempt(snapshot.attempts) !== lastAttempt(attempts)) return false;
  return startsInsideCharacter(Buffer.from(snapshot.text), position);
}
