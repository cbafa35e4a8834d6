/** Lines for people to read, in columns as wide as their widest cell. */
export function inColumns(lines: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const cells of lines) {
    for (const [column, cell] of cells.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Text that somebody chose: a line break in it must not forge another line, in a terminal or in a file. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '�');
}
