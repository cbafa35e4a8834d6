import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { install, type Packages } from './packed.js';
import { ROOT, runExample } from './run-example.js';

/** Packages of the project itself, as npm would install them: React, and what the example needs to build. */
const OWN = ['react', 'react-dom', 'scheduler', '@types/react', '@types/react-dom', 'csstype'];

/** A Vite project of somebody else with the React example and the packed library in it, without the network. */
export async function createReactProject(folder: string, { client }: Packages): Promise<void> {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@types'), { recursive: true });
  await cp(join(ROOT, 'examples/react'), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"name":"app","private":true,"type":"module"}');
  await writeTsconfig(folder, { module: 'esnext', moduleResolution: 'bundler' });
  for (const name of OWN) {
    await cp(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true });
  }
  await install(client, folder);
}

export async function writeTsconfig(folder: string, options: object): Promise<void> {
  const compilerOptions = { ...COMPILER_OPTIONS, ...options };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
}

const COMPILER_OPTIONS = {
  jsx: 'react-jsx',
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable'],
  strict: true,
  noEmit: true,
  types: [],
};

/** Builds it for production into `out`. */
export async function buildReactProject(folder: string, base: string, out: string): Promise<void> {
  const args = ['build', folder, '--base', base, '--outDir', out, '--emptyOutDir'];
  await runExample(join(ROOT, 'node_modules/.bin/vite'), args);
}

/** How many copies of React are in a build: each defines the hook once that `useConversation` calls. */
export async function countReacts(out: string): Promise<number> {
  const assets = join(out, 'assets');
  const files = (await readdir(assets)).filter((name) => name.endsWith('.js'));
  const code = await Promise.all(files.map((name) => readFile(join(assets, name), 'utf8')));
  return code.join('\n').split(/\.useSyncExternalStore=function/).length - 1;
}
