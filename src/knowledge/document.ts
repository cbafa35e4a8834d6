/** A part of a document under one heading, as it is embedded, searched, given to the model and shown to the reader. */
export interface PassageText {
  /** The headings above it, from the outermost, such as `Treatment › Children`. Empty where there is none. */
  readonly heading: string;
  readonly content: string;
}

/** A document as an operator adds it. */
export interface NewDocument {
  /** What the operator calls it. A document that is added under the same name replaces the one before. */
  readonly name: string;
  readonly title: string;
  /** Where readers find it. */
  readonly url?: string;
  /** ISO 639-1, such as `en`. */
  readonly language: string;
  /** Who answers for its content. */
  readonly curatedBy: string;
  /** The last day on which it may be used without a new review, as `YYYY-MM-DD`. */
  readonly reviewBy?: string;
  readonly passages: readonly PassageText[];
}

/**
 * - `waiting`: its passages are being embedded. The version before it is used meanwhile.
 * - `ready`: in use.
 * - `replaced`: a newer version took its place. Its passages are deleted, the record of it stays.
 */
export type DocumentState = 'waiting' | 'ready' | 'replaced';

/** What operators see of a document. Times are ISO 8601 UTC. */
export interface DocumentSummary {
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly url?: string;
  readonly language: string;
  readonly curatedBy: string;
  readonly reviewBy?: string;
  /** The day of its review has passed: it is no longer used. */
  readonly overdue: boolean;
  readonly state: DocumentState;
  readonly passages: number;
  /** How many of them are embedded. */
  readonly embedded: number;
  /** Why embedding it failed the last time. */
  readonly problem?: string;
  readonly addedAt: string;
}
