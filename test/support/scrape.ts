import { setTimeout as sleep } from 'node:timers/promises';
import type { Product } from './product.js';

/** What one scrape of a process gave. */
export interface Scrape {
  readonly text: string;
  /** The value of a series such as `veda_resets_total{reason="joined"}`; 0 when there is none. */
  value(series: string): number;
  /** The sum over all series of a metric. */
  sum(metric: string): number;
}

export async function metricsUrl(product: Product): Promise<string> {
  return `http://127.0.0.1:${String((await product.logged('metrics'))['port'])}/metrics`;
}

export async function scrape(product: Product): Promise<Scrape> {
  const response = await fetch(await metricsUrl(product));
  if (response.status !== 200) throw new Error(`scrape: ${response.status}`);
  return parse(await response.text());
}

/** Scrapes until it is as it should be: what happens in another process is seen a moment later. */
export async function scrapeUntil(product: Product, isSo: (scrape: Scrape) => boolean): Promise<Scrape> {
  for (;;) {
    const scraped = await scrape(product);
    if (isSo(scraped)) return scraped;
    await sleep(50);
  }
}

function parse(text: string): Scrape {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ');
    if (line.startsWith('#') || at < 0) continue;
    values.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return {
    text,
    value: (series) => values.get(series) ?? 0,
    sum: (metric) =>
      [...values]
        .filter(([series]) => series === metric || series.startsWith(`${metric}{`))
        .reduce((sum, [, value]) => sum + value, 0),
  };
}
