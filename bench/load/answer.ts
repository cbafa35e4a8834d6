const WORDS = ['Drink ', 'enough ', 'water, ', 'and rest ', 'until it ', 'gets ', 'better. ', 'Always '];

/** An answer of 4,000 tokens, 29,000 bytes of ASCII. */
export const TOKENS: readonly string[] = Array.from(
  { length: 4000 },
  (_, index) => WORDS[index % WORDS.length] ?? '',
);
export const TEXT = TOKENS.join('');
