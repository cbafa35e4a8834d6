/** Turns text into vectors whose dot product says how close two texts are in meaning. */
export interface Embedder {
  /** The model's name. Vectors of different models cannot be compared. */
  readonly model: string;
  /**
   * A unit vector for each passage.
   * @throws ProviderError; the signal's reason when it aborts
   */
  passages(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
  /** The unit vector of a question. @throws as `passages` does */
  question(text: string, signal: AbortSignal): Promise<Float32Array>;
}
