/**
 * Whether a key goes to an input method (IME), which is composing a word: Enter accepts the word and Escape drops it, and
 * neither is meant for the page. Safari reports the Enter that ends a composition after its end, with `keyCode` 229 alone.
 */
export function isComposing(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return event.isComposing || event.keyCode === 229;
}
