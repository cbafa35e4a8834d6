import type { GenerationRef } from '../../../src/generation/generation-log.js';

/** What can happen to a log without any of its writers. */
export interface Disaster {
  /** All of it is gone. */
  loseAll(ref: GenerationRef): Promise<void>;
  /** Only the first `part` (0 to 1) of its text is left, cut anywhere; all else stays. */
  loseText(ref: GenerationRef, part: number): Promise<void>;
  /** Remembers it as it is; the result puts it back like that. */
  save(ref: GenerationRef): Promise<() => Promise<void>>;
}
