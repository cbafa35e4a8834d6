import type { Source } from '../protocol/source.js';
import type { AttemptStore } from './attempt-store.js';
import type { Disclaimers } from './disclaimer.js';
import type { GenerationRef } from './generation-log.js';
import type { GenerationLimits } from './limits.js';
import { passagesBlock } from './passages-block.js';
import { buildPrompt, historyBytes, promptCost } from './prompt.js';
import { chooseImages, heard, imageTokens, type StoredTurn } from './prompt-attachments.js';
import { type PromptImage, type Provider, ProviderError, type Turn } from './provider.js';

/** What an attempt's prompt is made with. */
export interface PromptPorts {
  readonly store: Pick<AttemptStore, 'turns'>;
  readonly provider: Provider;
  readonly limits: GenerationLimits;
  /** The system prompt. */
  readonly system: string;
  /** Absent: the default. */
  readonly disclaimers?: Disclaimers;
  /** The bytes of an attachment. Absent: images are left out. */
  readonly readAttachment?: (id: string) => Promise<Buffer>;
}

/** What the prompt is made of. */
export interface History {
  readonly turns: readonly StoredTurn[];
  /** The longest prompt that the model takes, in tokens. */
  readonly longest: number;
}

/** Read while the log is opened. Whoever awaits it is told of a failure. */
export function readHistory(
  { provider, store, limits, disclaimers }: PromptPorts,
  ref: GenerationRef,
  interrupted: AbortSignal,
): Promise<History> {
  const history = (async () => {
    const longest = (await provider.promptTokens?.(interrupted)) ?? Number.POSITIVE_INFINITY;
    const bytes = historyBytes(Math.min(limits.promptTokens, longest), disclaimers?.known);
    const turns = await store.turns(ref, bytes);
    return { turns, longest };
  })();
  history.catch(() => {});
  return history;
}

/** @throws ProviderError when system prompt, message and beginning of the answer are longer than the model takes. */
export async function promptOf(
  ports: PromptPorts,
  { turns, longest }: History,
  answer: string,
  sources: readonly Source[] | undefined,
  signal: AbortSignal,
) {
  const { system, limits, disclaimers } = ports;
  const budgetTokens = Math.min(limits.promptTokens, longest);
  const history = turns.map(heard);
  const images = imageTokens(history.at(-1));
  const built = buildPrompt({
    system,
    history,
    disclaimers: disclaimers?.known,
    answer,
    passages: sources && passagesBlock(sources),
    budgetTokens: budgetTokens - images,
  });
  const seen = await withImages(ports, built.prompt.turns, budgetTokens - promptCost(built.prompt), signal);
  const prompt = { ...built.prompt, turns: seen };
  if (promptCost(prompt) > longest) {
    throw new ProviderError('llm_failed', `the message is too long for the model: ${longest} tokens at most`);
  }
  return { prompt, omitted: built.omitted };
}

/** The turns with the images that the model sees and that fit. */
async function withImages(
  { provider, limits, readAttachment }: PromptPorts,
  turns: readonly StoredTurn[],
  tokens: number,
  signal: AbortSignal,
): Promise<Turn[]> {
  const some = turns.some(({ attachments }) => attachments?.some(({ kind }) => kind === 'image'));
  // A model with unknown abilities gets the images and may refuse.
  const sees = some && readAttachment !== undefined && (await provider.abilities?.(signal))?.image !== false;
  const planned = chooseImages(turns, { sees, tokens, bytes: limits.imageBytes });
  return Promise.all(
    planned.map(async ({ chosen, ...turn }): Promise<Turn> => {
      if (!readAttachment || chosen.length === 0) return turn;
      const images: PromptImage[] = [];
      for (const { id, mediaType, width, height } of chosen) {
        const content = await readAttachment(id);
        images.push({ mediaType, content, ...(width && { width }), ...(height && { height }) });
      }
      return { ...turn, images };
    }),
  );
}
