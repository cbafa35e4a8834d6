import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { dangerFinder, type FindDanger } from '../safety/danger.js';
import type { DangerRules } from '../safety/danger-rules.js';
import { dangerRules } from '../schemas/danger-schemas.js';
import { StartError } from '../start-error.js';

const BUILT_IN = join(import.meta.dirname, '../safety/rules');

/**
 * Compiles the rules of every language: one `*.yaml` each.
 *
 * @param folder of an operator (`DANGER_RULES_DIR`); the built-in rules when absent
 * @throws StartError, one line that names the variable, the file and what is wrong
 */
export async function openDangerRules(folder = BUILT_IN): Promise<FindDanger> {
  const names = await yamlFiles(folder);
  return dangerFinder(await Promise.all(names.map((name) => rulesOf(folder, name))));
}

async function yamlFiles(folder: string): Promise<string[]> {
  const all = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(`DANGER_RULES_DIR cannot be read: ${error.code}`, { cause: error });
  });
  const names = all.filter((name) => name.endsWith('.yaml')).toSorted();
  if (names.length === 0) throw new StartError('DANGER_RULES_DIR has no file that ends with .yaml');
  return names;
}

async function rulesOf(folder: string, name: string): Promise<DangerRules> {
  try {
    const rules = dangerRules.parse(parse(await readFile(join(folder, name), 'utf8')));
    for (const { id, resources } of rules.rules) {
      const missing = resources.find((group) => !Object.hasOwn(rules.resources, group));
      if (missing !== undefined) throw new Error(`rule ${id}: there are no resources ${missing}`);
    }
    // Compiled alone, so that a phrase that cannot be read is reported with the name of its file.
    dangerFinder([rules]);
    return rules;
  } catch (error) {
    throw new StartError(`DANGER_RULES_DIR: ${name}: ${oneLine(error)}`, { cause: error });
  }
}

/** Of zod's issues the first; the YAML parser adds a drawing of the place in further lines. */
function oneLine(error: unknown): string {
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    return `${issue?.path.join('.')}: ${issue?.message}`;
  }
  return (error as Error).message.split('\n', 1)[0] ?? '';
}
