import { cp, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, runExample } from './run-example.js';

/** Packages of the project itself, as npm would install them: React, and what the example needs to build. */
const OWN = ['react', 'react-dom', 'scheduler', '@types/react', '@types/react-dom', 'csstype'];
/** What npm would install for the library. They stay where they are; nothing in them imports React. */
const LIBRARY_DEPENDENCIES = ['socket.io-client', 'ws'];

/**
 * A Vite project of somebody else with the React example and the library in it, without the network.
 * - `packed`: the library as `npm pack` gives it and `npm install veda-gateway-*.tgz` unpacks it
 * - `linked`: as `npm install path/to/veda-gateway` links it
 */
export async function createReactProject(folder: string, how: 'packed' | 'linked'): Promise<void> {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@types'), { recursive: true });
  await cp(join(ROOT, 'examples/react'), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"name":"app","private":true,"type":"module"}');
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
  for (const name of OWN) {
    await cp(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true });
  }
  for (const name of LIBRARY_DEPENDENCIES) {
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
  if (how === 'linked') await symlink(ROOT, join(modules, 'veda-gateway'));
  else await unpack(folder, join(modules, 'veda-gateway'));
}

const COMPILER_OPTIONS = {
  jsx: 'react-jsx',
  module: 'esnext',
  moduleResolution: 'bundler',
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable'],
  strict: true,
  noEmit: true,
  types: [],
};

async function unpack(folder: string, target: string): Promise<void> {
  // `--ignore-scripts`: what is built is tested already; npm would build it again.
  const args = ['pack', '--ignore-scripts', '--pack-destination', folder];
  await runExample('npm', args, { npm_config_cache: join(folder, 'npm-cache') });
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await runExample('tar', ['-xzf', join(folder, String(tarball)), '-C', folder]);
  await rename(join(folder, 'package'), target);
}

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
