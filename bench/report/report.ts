import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { median } from './quantiles.js';
import { barChart } from './svg.js';
import { printTable } from './table.js';

/** A figure of one system: a value a round. */
export interface Figure {
  readonly system: string;
  /** What it was measured at: `60 streams, sse`. */
  readonly at: string;
  /** What it is, with its unit: `delay p99 (ms)`. */
  readonly what: string;
  readonly values: readonly number[];
}

/** A target of a row: the figure of `system` against the same figure of `against`, in the same run, or by itself. */
export interface Target {
  readonly what: string;
  readonly at: string;
  readonly system: string;
  readonly against?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface RowReport {
  readonly row: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly targets: readonly Target[];
}

/** Prints a row: medians with their spread, then the ratios. */
export function printRow({ row, title, figures, targets }: RowReport): void {
  const groups = [...new Set(figures.map(({ at, what }) => `${at}\n${what}`))];
  const systems = [...new Set(figures.map(({ system }) => system))];
  printTable(
    `${row}: ${title}`,
    ['', ...systems],
    groups.map((group) => {
      const [at = '', what = ''] = group.split('\n');
      return [
        `${at}: ${what}`,
        ...systems.map((system) =>
          spread(figures.find((f) => f.system === system && f.at === at && f.what === what)),
        ),
      ];
    }),
  );
  if (targets.length === 0) return;
  printTable(
    `${row}: against the targets, in this run`,
    ['', 'figure', 'target', ''],
    targets.map((target) => {
      const ratio = ratioOf(figures, target);
      return [
        `${target.at}: ${target.what}, ${target.system}${target.against ? ` / ${target.against}` : ''}`,
        ratio,
        target.atMost !== undefined ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`,
        isMet(ratio, target) ? 'met' : 'missed',
      ];
    }),
  );
}

/** Writes all rows as JSON, and a bar chart for each row's figures. */
export async function writeReport(file: string, machine: string, rows: readonly RowReport[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const withRatios = rows.map((row) => ({
    ...row,
    targets: row.targets.map((target) => ({ ...target, ratio: ratioOf(row.figures, target) })),
  }));
  await writeFile(file, `${JSON.stringify({ machine, rows: withRatios }, null, 2)}\n`);
  for (const row of rows) await writeFile(join(dirname(file), `${row.row}.svg`), barChart(row));
}

function ratioOf(figures: readonly Figure[], { at, what, system, against }: Target): number {
  const value = (name: string): number =>
    median(figures.find((f) => f.system === name && f.at === at && f.what === what)?.values ?? []);
  return against === undefined ? value(system) : value(system) / value(against);
}

function isMet(
  ratio: number,
  { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY }: Target,
): boolean {
  return ratio <= atMost && ratio >= atLeast;
}

function spread(figure: Figure | undefined): string {
  if (!figure || figure.values.length === 0) return '–';
  const [low, mid, high] = [Math.min(...figure.values), median(figure.values), Math.max(...figure.values)];
  return figure.values.length === 1 ? round(mid) : `${round(mid)} (${round(low)}–${round(high)})`;
}

function round(value: number): string {
  if (Number.isNaN(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}
