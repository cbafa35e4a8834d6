import { median } from './quantiles.js';
import type { RowReport } from './report.js';

const WIDTH = 720;
const LABEL = 300;
const BAR = 16;
const GAP = 10;

/** The medians of a row as horizontal bars, one group a figure, each group with a scale of its own. */
export function barChart({ row, title, figures }: RowReport): string {
  const groups = [...new Set(figures.map(({ at, what }) => `${at}: ${what}`))];
  let y = 40;
  const parts: string[] = [];
  for (const group of groups) {
    const members = figures.filter(({ at, what }) => `${at}: ${what}` === group);
    const largest = Math.max(...members.map(({ values }) => median(values)));
    parts.push(text(10, y + BAR, group, 'font-weight="600"'));
    y += BAR + GAP;
    for (const { system, values } of members) {
      const value = median(values);
      const width = largest > 0 ? (value / largest) * (WIDTH - LABEL - 90) : 0;
      parts.push(
        text(LABEL - 10, y + BAR - 4, system, 'text-anchor="end"'),
        `<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="currentColor" opacity="0.6"/>`,
        text(LABEL + width + 6, y + BAR - 4, value.toPrecision(3)),
      );
      y += BAR + 4;
    }
    y += GAP;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" font-size="12">
<title>${escape(`${row}: ${title}`)}</title>
${text(10, 20, `${row}: ${title}`, 'font-size="15"')}
${parts.join('\n')}
</svg>
`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" fill="currentColor" ${attributes}>${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
