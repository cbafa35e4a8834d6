import type { StoredTurn } from './prompt-attachments.js';
import type { Turn } from './provider.js';

/** A turn that a client of another protocol gave beside its message, since that protocol has the client keep the history. */
export interface GivenTurn extends Turn {
  /** An instruction for the next answer alone: later prompts go without it. */
  readonly once?: true;
}

/** Turns as they are stored. */
export function encodeGivenTurns(turns: readonly GivenTurn[]): string {
  return JSON.stringify(turns);
}

/** A stored message, with the turns that were given before it. */
export interface TurnRow extends Turn {
  readonly attachments?: StoredTurn['attachments'] | null;
  /** As `encodeGivenTurns` made it. */
  readonly given: string | null;
}

/** Puts the given turns in their places. The last row is the message to be answered. */
export function withGivenTurns(rows: readonly TurnRow[]): StoredTurn[] {
  return rows.flatMap(({ role, text, attachments, given }, index) => {
    const turns = given === null ? [] : (JSON.parse(given) as GivenTurn[]);
    const holding = index === rows.length - 1 ? turns : turns.filter(({ once }) => !once);
    return [
      ...holding.map((turn): Turn => ({ role: turn.role, text: turn.text })),
      { role, text, ...(attachments && { attachments }) },
    ];
  });
}
