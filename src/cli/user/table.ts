import type { UserEntry } from '../../account/ports.js';
import { inColumns, printable } from '../columns.js';

const HEAD = ['ID', 'KIND', 'WHO', 'NAME', 'SINCE', 'CONVERSATIONS', 'SESSIONS'];

/** Users for people to read, in columns. */
export function usersAsTable(users: readonly UserEntry[]): string {
  return inColumns([HEAD, ...users.map(cellsOf)]);
}

function cellsOf(user: UserEntry): string[] {
  const who = user.kind === 'outside' ? `${user.issuer} ${user.subject}` : (user.email ?? '-');
  return [
    user.id,
    user.kind,
    printable(who),
    printable(user.name ?? '-'),
    user.createdAt.slice(0, 10),
    String(user.conversations),
    String(user.sessions),
  ];
}
