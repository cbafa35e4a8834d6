import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ENTRIES = ['index', 'react', 'vue', 'svelte'];

const HEAD = `# The API of @veda-gateway/client

All that the package exports, from its types. [README.md](README.md) explains how to use it.
`;

/**
 * The reference of the client library as a page, from the declarations in a folder that `npm run build` has made. It is made
 * with the package, so it cannot be out of date.
 *
 * Not TypeDoc: it needs the compiler's API, which TypeScript 7 does not have.
 */
export async function clientApi(declarations) {
  const sections = ENTRIES.map((entry) => sectionOf(declarations, entry));
  return [HEAD, ...(await Promise.all(sections))].join('\n');
}

async function sectionOf(declarations, entry) {
  const name = entry === 'index' ? '@veda-gateway/client' : `@veda-gateway/client/${entry}`;
  const found = await exportsOf(join(declarations, `${entry}.d.ts`));
  return `## ${name}\n\n${found.map(({ name, text }) => `### ${name}\n\n${text}`).join('\n')}`;
}

/** What a file exports, in its order: its own declarations, and those that it hands on. */
async function exportsOf(file) {
  const text = await readFile(file, 'utf8');
  const handedOn = /^export (?:type )?(\*|\{[^}]*\}) from '([^']+)';$/gm;
  const found = ownOf(text.replaceAll(handedOn, ''));
  for (const [, names, from] of text.matchAll(handedOn)) {
    const there = await exportsOf(join(file, '..', from.replace(/\.js$/, '.d.ts')));
    const wanted = names === '*' ? undefined : names.match(/\w+(?=\s*[,}])/g);
    const missing = wanted?.filter((name) => !there.some((one) => one.name === name)) ?? [];
    if (missing.length > 0) throw new Error(`${from} does not declare ${missing.join(', ')}`);
    found.push(...there.filter(({ name }) => wanted?.includes(name) ?? true));
  }
  return found;
}

/** Each declaration with the comment above it, which says what it is for, and those inside it, which say what its members are. */
function ownOf(text) {
  const declaration =
    /^(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?export (?:declare )?(?:abstract )?((?:interface|type|function|class|const) (\w+)[^]*?)(?=\n(?:\/\*\*|export |import |declare |type |interface |\/\/# |$(?![^])))/gm;
  return [...text.matchAll(declaration)].map(([, comment = '', code, name]) => ({
    name,
    text: `${proseOf(comment)}\`\`\`ts\n${code.trim()}\n\`\`\`\n`,
  }));
}

function proseOf(comment) {
  const prose = comment
    .split('\n')
    .map((line) => line.replace(/^ *\* ?/, '').trim())
    .join('\n')
    .trim();
  return prose === '' ? '' : `${prose}\n\n`;
}
