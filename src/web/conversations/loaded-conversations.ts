import type { ConversationSummary } from '../../client/api.js';

/** The conversations, as far as they are loaded. Pinned ones first, each part by `updatedAt`, newest first, as the server orders them. */
export interface LoadedConversations {
  readonly items: readonly ConversationSummary[];
  /** Where the next page begins. `null` when all are loaded. */
  readonly nextCursor: string | null;
}

/**
 * Puts a newly loaded first page over the list. Older ones that were loaded before stay below it.
 * What would stand on the first page and is not there was deleted: with a page `[D, B]` over `[C, B, A]`, C is dropped and A
 * stays.
 */
export function replaceFirstPage(
  before: LoadedConversations | null,
  page: LoadedConversations,
): LoadedConversations {
  const last = page.items.at(-1);
  if (page.nextCursor === null || !before || !last) return page;
  const onPage = new Set(page.items.map(({ id }) => id));
  const older = before.items.filter((item) => isAfter(item, last) && !onPage.has(item.id));
  return {
    items: [...page.items, ...older],
    nextCursor: older.length > 0 ? before.nextCursor : page.nextCursor,
  };
}

function isAfter(item: ConversationSummary, last: ConversationSummary): boolean {
  if (item.pinned !== last.pinned) return last.pinned === true;
  return item.updatedAt <= last.updatedAt;
}

/** Adds the page after the last one. A conversation that moved up in the meantime is listed once. */
export function addOlderPage(
  before: LoadedConversations | null,
  page: LoadedConversations,
): LoadedConversations {
  const known = new Set(before?.items.map(({ id }) => id));
  const items = [...(before?.items ?? []), ...page.items.filter(({ id }) => !known.has(id))];
  return { items, nextCursor: page.nextCursor };
}
