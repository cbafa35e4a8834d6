import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const AXE = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'));

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Against the page as it stands, in both themes. */
export async function expectAccessible(page: Page): Promise<void> {
  const axe = await readFile(AXE, 'utf8');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // The policy of the page lets in no scripts, but those of the browser's own tools.
    await page.evaluate(axe);
    const { violations } = await page.evaluate<{ violations: Violation[] }>(
      `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] })`,
    );
    const found = violations.map(({ id, nodes }) => ({
      rule: id,
      theme: colorScheme,
      where: nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`),
    }));
    expect(found).toEqual([]);
  }
}
