/** Writes down what is said in a voice message. */
export interface Transcriber {
  /**
   * @param language as in ISO 639-1; the deployment's own when absent
   * @throws ProviderError with a text for the one who spoke; the signal's reason when it aborts
   */
  transcribe(sound: Sound, language: string | undefined, signal: AbortSignal): Promise<string>;
}

export interface Sound {
  readonly content: Buffer;
  readonly mediaType: string;
}
