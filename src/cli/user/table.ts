import type { UserEntry } from '../../account/ports.js';

const HEAD = ['ID', 'KIND', 'WHO', 'NAME', 'SINCE', 'CONVERSATIONS', 'SESSIONS'];

/** Users for people to read, in columns. */
export function usersAsTable(users: readonly UserEntry[]): string {
  const lines = [HEAD, ...users.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
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

/** Users choose their names: a line break in one must not forge another user's line, in a terminal or in a file. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '�');
}
