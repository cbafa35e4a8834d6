import { mkdir, readdir, readFile, rename, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT, runExample } from './run-example.js';

/** The archives of both packages, as they are published. */
export interface Packages {
  readonly client: string;
  readonly server: string;
}

/** Packs what `npm run build` has made, into a folder of its own. */
export async function packPackages(folder: string): Promise<Packages> {
  const out = join(folder, 'release');
  const args = [join(ROOT, 'scripts/packages.mjs'), out];
  await runExample(process.execPath, args, { npm_config_cache: join(folder, 'npm-cache') });
  const archives = (await readdir(out)).filter((name) => name.endsWith('.tgz')).toSorted();
  expect(archives).toEqual([
    expect.stringMatching(/^veda-gateway-\d.*\.tgz$/),
    expect.stringMatching(/^veda-gateway-client-\d.*\.tgz$/),
  ]);
  const [server = '', client = ''] = archives.map((name) => join(out, name));
  return { client, server };
}

/**
 * Installs an archive as npm does, without the network: it unpacks it, and links the packages that its manifest depends on.
 * What it imports without saying so is not there.
 */
export async function install(archive: string, project: string): Promise<void> {
  const unpacked = join(project, 'unpacked');
  await mkdir(unpacked, { recursive: true });
  await runExample('tar', ['-xzf', archive, '-C', unpacked]);
  const manifest = JSON.parse(await readFile(join(unpacked, 'package/package.json'), 'utf8')) as {
    name: string;
    dependencies: Record<string, string>;
    optionalDependencies?: Record<string, string>;
  };
  const modules = join(project, 'node_modules');
  await mkdir(dirname(join(modules, manifest.name)), { recursive: true });
  await rename(join(unpacked, 'package'), join(modules, manifest.name));
  const { dependencies, optionalDependencies = {} } = manifest;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), join(modules, name)).catch(
      (error: NodeJS.ErrnoException) => {
        // Another package of the project depends on it, too.
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
}
