import { dateGroups } from '../../src/web/conversations/date-groups.js';
import { addOlderPage, replaceFirstPage } from '../../src/web/conversations/loaded-conversations.js';

/** A conversation whose last message is of this day of May 2026; the noon keeps it the same day in every time zone. */
const on = (id: string, day: number) => {
  const updatedAt = new Date(2026, 4, day, 12).toISOString();
  return { id, title: id, createdAt: updatedAt, updatedAt };
};
const idsOf = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id).join('');

test('conversations are grouped by the day of their last message', () => {
  const list = [on('a', 20), on('b', 20), on('c', 19), on('d', 13), on('e', 12), on('f', -20)];
  const groups = dateGroups(list, ({ updatedAt }) => updatedAt, new Date(2026, 4, 20, 0, 1), 'en');
  expect(groups.map(({ label, items }) => `${label}: ${idsOf(items)}`)).toEqual([
    'Today: ab',
    'Yesterday: c',
    'Previous 7 days: d',
    'May 2026: e',
    'April 2026: f',
  ]);
});

test('a message of the future, as a slow clock sees it, is of today', () => {
  expect(dateGroups([on('a', 21)], ({ updatedAt }) => updatedAt, new Date(2026, 4, 20), 'en')[0]?.label).toBe(
    'Today',
  );
});

test('a first page that is loaded again drops what was deleted and keeps what is older', () => {
  const before = { items: [on('c', 9), on('b', 8), on('a', 7)], nextCursor: 'older' };
  const page = { items: [on('d', 10), on('b', 8)], nextCursor: 'after b' };
  const merged = replaceFirstPage(before, page);
  expect([idsOf(merged.items), merged.nextCursor]).toEqual(['dba', 'older']);
  expect(replaceFirstPage(null, page)).toEqual(page);
  expect(replaceFirstPage(before, { items: [on('d', 10)], nextCursor: null }).items).toHaveLength(1);
});

test('an older page adds each conversation once', () => {
  const before = { items: [on('c', 9), on('b', 8)], nextCursor: 'after b' };
  const merged = addOlderPage(before, { items: [on('b', 8), on('a', 7)], nextCursor: null });
  expect([idsOf(merged.items), merged.nextCursor]).toEqual(['cba', null]);
});
