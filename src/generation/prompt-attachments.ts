import type { Attachment } from '../protocol/attachment.js';
import type { Turn } from './provider.js';

/** A turn as it is stored: its attachments are not read yet. */
export interface StoredTurn extends Turn {
  readonly attachments?: readonly Attachment[];
}

/** A turn with the images that go to the model. */
export interface PlannedTurn extends Turn {
  readonly chosen: readonly Attachment[];
}

export interface ImageBudget {
  /** False when the model cannot see. */
  readonly sees: boolean;
  readonly tokens: number;
  readonly bytes: number;
}

/** About the most that models make of one image: they scale a large one down. */
export const IMAGE_TOKENS = 1600;

/** What the model is told in place of an image that it does not get. */
const LEFT_OUT = '[An image that was sent here is not shown.]';
const NOT_HEARD = '[A voice message that was sent here could not be heard.]';

/** The turn with what its voice messages say in its text. */
export function heard<T extends StoredTurn>(turn: T): T {
  const sounds = (turn.attachments ?? []).filter(({ kind }) => kind === 'audio');
  if (sounds.length === 0) return turn;
  const said = sounds.map(({ transcript }) =>
    transcript === undefined ? NOT_HEARD : `[Voice message] ${transcript}`,
  );
  return { ...turn, text: joined(turn.text, said) };
}

/** How many tokens the images of the message to be answered take. They always go with it. */
export function imageTokens(turn: StoredTurn | undefined): number {
  return imagesOf(turn).length * IMAGE_TOKENS;
}

/**
 * Chooses the images that go to the model: all of the message to be answered, then those before it, newest first, while there is
 * room. Where one is left out, the text says so.
 */
export function chooseImages(turns: readonly StoredTurn[], budget: ImageBudget): PlannedTurn[] {
  let { tokens, bytes } = budget;
  const planned = turns.toReversed().map((turn, age): PlannedTurn => {
    const images = imagesOf(turn);
    const chosen = images.filter((image) => {
      tokens -= IMAGE_TOKENS;
      bytes -= image.bytes;
      // Once an image does not fit, older ones are left out too, so the model gets no gaps.
      return budget.sees && (age === 0 || (tokens >= 0 && bytes >= 0));
    });
    const missing = Array.from({ length: images.length - chosen.length }, () => LEFT_OUT);
    return { role: turn.role, text: joined(turn.text, missing), chosen };
  });
  return planned.toReversed();
}

function imagesOf(turn: StoredTurn | undefined): readonly Attachment[] {
  return (turn?.attachments ?? []).filter(({ kind }) => kind === 'image');
}

function joined(text: string, more: readonly string[]): string {
  return [text, ...more].filter((part) => part !== '').join('\n\n');
}
