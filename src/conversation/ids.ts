const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** Whether `text` could be the id of anything; what could not is not there. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
