/** A passage of a document that is in use. */
export interface Passage {
  readonly id: string;
  /** Of the document. */
  readonly title: string;
  readonly url?: string;
  readonly heading: string;
  readonly content: string;
}

/** A passage with the cosine of the angle between its vector and the question's: 1 is the same meaning, 0 none in common. */
export interface Nearest {
  readonly id: string;
  readonly similarity: number;
}

/** Finds passages by their meaning, of documents that are in use: ready, and not past the day of their review. */
export interface VectorSearch {
  /** The passages whose vectors are nearest to `question`, best first. Vectors of other models do not count. */
  nearest(question: Float32Array, model: string, limit: number): Promise<readonly Nearest[]>;
}

/** Finds passages by their words, of documents that are in use. */
export interface WordSearch {
  /** The ids of passages that have words of `question`, best first; words are compared by their stems. */
  matching(question: string, limit: number): Promise<readonly string[]>;
  /** Passages by their ids, in that order. Those that are no longer in use are left out. */
  passages(ids: readonly string[]): Promise<readonly Passage[]>;
  /** Whether there is any document in use. */
  any(): Promise<boolean>;
}
