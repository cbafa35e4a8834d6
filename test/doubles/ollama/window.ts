interface Message {
  readonly role: string;
  readonly content: string;
}

/** What a model's template adds to a message, in tokens. */
const TEMPLATE_TOKENS = 5;

/** About the most that a model makes of `text`: a token for four Latin letters, and one for every byte of anything else. */
function tokensIn(text: string): number {
  const letters = text.match(/[A-Za-z ]/g)?.length ?? 0;
  return Math.ceil(letters / 4) + Buffer.byteLength(text) - letters;
}

export function promptTokens(messages: readonly Message[]): number {
  return messages.reduce((sum, { content }) => sum + tokensIn(content) + TEMPLATE_TOKENS, 0);
}

/**
 * What Ollama makes of a prompt that is longer than the window (server/prompt.go): it drops messages from the front, keeps
 * those of the system and always the last one, and says nothing.
 */
export function truncated<T extends Message>(messages: readonly T[], window: number): readonly T[] {
  for (let from = 0; from < messages.length - 1; from += 1) {
    const kept = messages.filter(({ role }, index) => index >= from || role === 'system');
    if (promptTokens(kept) <= window) return kept;
  }
  return messages.filter(({ role }, index) => index === messages.length - 1 || role === 'system');
}
