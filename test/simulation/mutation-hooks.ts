import { readFileSync } from 'node:fs';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { MUTATIONS, type Mutation, mutated } from './mutations.js';

/**
 * Hooks of Node's module loader. `import('./history.js?mutation=3')` loads a copy of its own of every module of the
 * project, and in this copy the file of mutation 3 has its other text.
 */
const QUERY = '?mutation=';
const ROOT = new URL('../../', import.meta.url);
const MODULES = new URL('node_modules/', ROOT).href;

/** What stands in a file does not change from one mutation to the next, so it is compiled once. */
const compiled = new Map<string, Awaited<ReturnType<LoadHook>>>();

export const resolve: ResolveHook = async (specifier, context, next) => {
  const [parent, ofParent] = split(context.parentURL ?? '');
  const [target, ofTarget] = split(specifier);
  const mutation = ofTarget ?? ofParent;
  const resolved = await next(target, parent === '' ? context : { ...context, parentURL: parent });
  const isOurs = resolved.url.startsWith(ROOT.href) && !resolved.url.startsWith(MODULES);
  if (mutation === undefined || !isOurs) return resolved;
  return { ...resolved, url: `${resolved.url}${QUERY}${mutation}` };
};

export const load: LoadHook = async (url, context, next) => {
  const [file, index] = split(url);
  if (index === undefined) return next(url, context);
  const mutation = MUTATIONS[Number(index)];
  if (mutation && file === new URL(mutation.file, ROOT).href) {
    return { format: 'module', shortCircuit: true, source: compile(mutation) };
  }
  const known = compiled.get(file) ?? (await next(file, context));
  compiled.set(file, known);
  return { ...known, shortCircuit: true };
};

/** An address without the mark of its mutation, and the mark. */
function split(url: string): [string, string | undefined] {
  const at = url.indexOf(QUERY);
  return at < 0 ? [url, undefined] : [url.slice(0, at), url.slice(at + QUERY.length)];
}

function compile(mutation: Mutation): string {
  const path = fileURLToPath(new URL(mutation.file, ROOT));
  const { code } = transformSync(mutated(mutation, readFileSync(path, 'utf8')), {
    filename: path,
    jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  return code;
}
