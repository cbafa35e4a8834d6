/** How many conversations one stream follows, and one list of places names. The longest list is 6 kB: proxies let it through. */
export const MAX_PLACES = 100;

const PLACE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@([\d.]{1,40})$/i;

/**
 * Where a client stands in several conversations: `<conversationId>@<cursor>`, separated by commas. Example:
 * `0198c2f0-7e1b-7c2d-9a7e-3f5b6c7d8e9f@3.1.417,0198c2f1-0a4d-7b3c-8f2e-1a2b3c4d5e6f@1.0.0`
 */
export function formatPlaces(places: Iterable<readonly [conversationId: string, cursor: string]>): string {
  return [...places].map(([conversationId, cursor]) => `${conversationId}@${cursor}`).join(',');
}

/** Undefined for what is no such list, or too long. Whether a conversation can have given its cursor is for others to say. */
export function parsePlaces(text: string): Map<string, string> | undefined {
  const places = new Map<string, string>();
  if (text === '') return places;
  const items = text.split(',');
  if (items.length > MAX_PLACES) return undefined;
  for (const item of items) {
    const [, conversationId, cursor] = PLACE.exec(item) ?? [];
    if (conversationId === undefined || cursor === undefined) return undefined;
    places.set(conversationId.toLowerCase(), cursor);
  }
  return places;
}
