import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Builds `dist`: src and migrations as JavaScript, and beside them what is no TypeScript (Lua, pages).
 * With `--if-missing`, only when there is none.
 */
const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const isBuilt = existsSync(join(dist, 'src'));

if (!existsSync(compiler)) {
  // An install without development packages keeps the build that it was given.
  if (!isBuilt)
    fail('dist is missing and so is the compiler: run npm ci with the development packages, or bring dist');
} else if (!isBuilt || !process.argv.includes('--if-missing')) {
  await build();
}

async function build() {
  // Whole, because a migration that was renamed would otherwise run under both names.
  await rm(dist, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) fail('the build failed');
  await cp(join(root, 'src'), join(dist, 'src'), {
    recursive: true,
    filter: (path) => !path.endsWith('.ts'),
  });
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
