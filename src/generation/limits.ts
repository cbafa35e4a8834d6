/** Bounds of one generation; times in ms. */
export interface GenerationLimits {
  /** From the request to the provider until its first text. */
  readonly firstTokenMs: number;
  /** Between two pieces of text. */
  readonly idleMs: number;
  /** For the whole attempt. */
  readonly totalMs: number;
  /** Longest text that a model may give, in bytes of UTF-8; a longer answer is cut and `incomplete`. */
  readonly answerBytes: number;
  /** Prompt tokens, roughly. */
  readonly promptTokens: number;
  /** How long the row waits for the log to take the end. */
  readonly sealMs: number;
  /** How often in a row a claim may be lost without progress before the generation is given up. */
  readonly failures: number;
}
