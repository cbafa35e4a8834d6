/** Bounds of one generation; times in ms. */
export interface GenerationLimits {
  /** Longest wait from the request to the provider's first text. */
  readonly firstTokenMs: number;
  /** Longest silence between two pieces of text. */
  readonly idleMs: number;
  /** Longest wait for places at model servers that are busy, in all. */
  readonly placeMs: number;
  /** Longest duration of an attempt, without waits for a place. */
  readonly totalMs: number;
  /** Longest text of a model, in bytes of UTF-8. A longer answer is cut and `incomplete`. */
  readonly answerBytes: number;
  /** Prompt tokens, roughly. */
  readonly promptTokens: number;
  /** Of the images of one prompt together. */
  readonly imageBytes: number;
  /** How long the final row waits for the log to store the end. */
  readonly sealMs: number;
  /** How many claims in a row may be lost without progress before the generation is given up. */
  readonly failures: number;
}
