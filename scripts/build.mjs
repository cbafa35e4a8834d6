import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BUNDLES } from './bundles.mjs';

/**
 * Builds `dist`: src and migrations as JavaScript, beside them what is no TypeScript (Lua, pages), and in `web` what browsers get.
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
  // Made aside and put in place whole: a build that fails leaves the last one, and nobody starts half of one.
  const made = `${dist}.${process.pid}`;
  const compiled = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', made], {
    cwd: root,
    stdio: 'inherit',
  });
  if (compiled.status === 0) {
    await cp(join(root, 'src'), join(made, 'src'), {
      recursive: true,
      filter: (path) => !path.endsWith('.ts') && path !== join(root, 'src/web'),
    });
    // npm sets this for a bin when it links it, and not again after the next build.
    await chmod(join(made, 'src/cli/main.js'), 0o755);
    await bundle(join(made, 'web'));
    await rm(dist, { recursive: true, force: true });
    await rename(made, dist);
  } else {
    await rm(made, { recursive: true, force: true });
    fail('the build failed');
  }
}

async function bundle(outDir) {
  const { build: vite } = await import('vite');
  const common = { configFile: false, logLevel: 'warn' };
  for (const { build, ...config } of BUNDLES) {
    await vite({ ...common, ...config, build: { ...build, outDir, emptyOutDir: false } });
  }
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
