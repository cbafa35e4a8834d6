export interface DateGroup<Item> {
  /** "Today", "Yesterday", "Previous 7 days", or a month such as "May 2026". */
  readonly label: string;
  readonly items: readonly Item[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Groups items by their day, in the reader's time zone. The order stays as it is.
 * @param timeOf ISO 8601
 */
export function dateGroups<Item>(
  items: readonly Item[],
  timeOf: (item: Item) => string,
  now: Date,
  locale?: string,
): readonly DateGroup<Item>[] {
  const month = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' });
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const label = labelOf(new Date(timeOf(item)), now, month);
    const group = groups.get(label);
    if (group) group.push(item);
    else groups.set(label, [item]);
  }
  return Array.from(groups, ([label, items]) => ({ label, items }));
}

function labelOf(date: Date, now: Date, month: Intl.DateTimeFormat): string {
  const days = Math.round((startOfDay(now) - startOfDay(date)) / DAY_MS);
  // A clock that is behind the server's sees messages of the future.
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return days <= 7 ? 'Previous 7 days' : month.format(date);
}

/** Rounding above takes care of days of 23 and 25 hours. */
function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
