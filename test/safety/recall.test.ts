import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { openDangerRules } from '../../src/app/danger-rules.js';
import type { FindDanger } from '../../src/safety/danger.js';

const SENTENCES = join(import.meta.dirname, 'sentences');
const FIGURES = join(import.meta.dirname, '../../docs/danger.md');

interface Part {
  readonly found: Readonly<Record<string, readonly string[]>>;
  readonly none: readonly string[];
}

interface Figures {
  readonly danger: number;
  readonly found: number;
  readonly harmless: number;
  readonly falsely: number;
}

async function partsOf(part: 'known' | 'heldOut'): Promise<ReadonlyMap<string, Part>> {
  const names = (await readdir(SENTENCES)).toSorted();
  const parts = await Promise.all(
    names.map(async (name): Promise<[string, Part]> => {
      const file = parse(await readFile(join(SENTENCES, name), 'utf8')) as Record<typeof part, Part>;
      return [name.replace('.yaml', ''), file[part]];
    }),
  );
  return new Map(parts);
}

function figuresOf(find: FindDanger, { found, none }: Part): Figures {
  const danger = Object.values(found).flat();
  return {
    danger: danger.length,
    found: danger.filter((text) => find(text) !== undefined).length,
    harmless: none.length,
    falsely: none.filter((text) => find(text) !== undefined).length,
  };
}

function rowOf(language: string, { danger, found, harmless, falsely }: Figures): string {
  const percent = (part: number, whole: number) => `${Math.round((100 * part) / whole)} %`;
  return `| ${language} | ${danger} | ${found} | ${percent(found, danger)} | ${harmless} | ${falsely} | ${percent(found, found + falsely)} |`;
}

function sum(all: readonly Figures[]): Figures {
  const of = (key: keyof Figures) => all.reduce((total, figures) => total + figures[key], 0);
  return { danger: of('danger'), found: of('found'), harmless: of('harmless'), falsely: of('falsely') };
}

/** The rules as they are, against the sentences. The figures in docs/danger.md are these. */
test.each(['known', 'heldOut'] as const)(
  'recall and precision are as docs/danger.md says: %s',
  async (name) => {
    const find = await openDangerRules();
    const figures = [...(await partsOf(name))].map(([language, part]) => ({
      language,
      ...figuresOf(find, part),
    }));
    const rows = [...figures.map((each) => rowOf(each.language, each)), rowOf('all', sum(figures))];
    const said = await readFile(FIGURES, 'utf8');
    for (const row of rows) expect(said).toContain(row);
  },
);

test('known sentences of danger are found by the rule that is for them', async () => {
  const find = await openDangerRules();
  for (const { found } of (await partsOf('known')).values()) {
    for (const [rule, sentences] of Object.entries(found)) {
      for (const sentence of sentences) {
        const id = find(sentence)?.rule.split('@', 1)[0];
        if (id !== undefined) expect([sentence, id]).toEqual([sentence, rule]);
      }
    }
  }
});
