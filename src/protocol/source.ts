/** A passage of a document that an answer rests on (docs/protocol.md, "Sources"). `[1]` in the text cites the first one. */
export interface Source {
  readonly id: string;
  /** Of the document, with the headings above the passage. */
  readonly title: string;
  /** Where the document is. */
  readonly url?: string;
  /** The passage, as the model was given it. */
  readonly snippet: string;
}
