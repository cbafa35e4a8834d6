import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transformSync } from '@swc/core';
import type { Mutation } from './mutations.js';

const ROOT = join(import.meta.dirname, '../..');

/**
 * Calls `load` in a world of modules of its own, in which the mutation's file reads otherwise. Works under jest alone.
 * @throws when the file no longer has the text that is to be replaced.
 */
export function withMutation<T>({ file, from, to }: Mutation, load: () => T): T {
  const path = join(ROOT, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} has not, or not once: ${from}`);
  const { code } = transformSync(
    source.replace(from, () => to),
    {
      filename: path,
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    },
  );
  const resolve = (id: string): unknown =>
    require(id.startsWith('.') ? join(dirname(path), id.replace(/\.js$/, '')) : id);
  let loaded: T | undefined;
  jest.isolateModules(() => {
    jest.doMock(`./${relative(import.meta.dirname, path).replace(/\.ts$/, '.js')}`, () => {
      const module = { exports: {} };
      // oxlint-disable-next-line typescript/no-implied-eval -- the project's own source
      new Function('require', 'module', 'exports', code)(resolve, module, module.exports);
      return module.exports;
    });
    loaded = load();
  });
  jest.dontMock(`./${relative(import.meta.dirname, path).replace(/\.ts$/, '.js')}`);
  return loaded as T;
}
