/** The place in the page of the source that an answer cites with this number. */
export function sourceAnchor(messageId: string, number: number): string {
  return `source-${messageId}-${number}`;
}
