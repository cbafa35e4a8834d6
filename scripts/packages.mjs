import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { clientApi } from './client-api.mjs';

/**
 * Makes the two packages that are published, and their archives, in the folder that the command line names:
 *
 *   release/client    @veda-gateway/client: what browsers and Node programs install
 *   release/server    veda-gateway: the server and its command
 *
 * Both come from `dist` and package.json, so there is one source and one version.
 */
const root = join(import.meta.dirname, '..');
const out = resolve(process.argv[2] ?? fail('a folder is missing: node scripts/packages.mjs release'));
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

const tag = tagOfHead();
if (tag !== undefined && tag !== `v${manifest.version}`) {
  fail(`this commit has the tag ${tag}, and package.json the version ${manifest.version}`);
}

const { name, version, description, license, author, repository, type, engines } = manifest;
const shared = {
  version,
  license,
  author,
  // npm attests where a package comes from only if this is the repository of the workflow that publishes it.
  repository,
  type,
  engines,
  publishConfig: { access: 'public', provenance: true },
};

const ENTRIES = { '.': 'index', './react': 'react', './svelte': 'svelte', './vue': 'vue' };
const ofLibrary = ({ dependencies }) => ({
  'socket.io-client': dependencies['socket.io-client'],
  ws: dependencies['ws'],
});

await rm(out, { recursive: true, force: true });
await stage('client', {
  manifest: {
    name: `@${name}/client`,
    description: 'Client of veda-gateway: answers that reach the person, whatever happens on the way',
    ...shared,
    sideEffects: false,
    exports: {
      ...Object.fromEntries(
        Object.entries(ENTRIES).map(([path, file]) => [
          path,
          { types: `./dist/client/${file}.d.ts`, default: `./dist/client/${file}.js` },
        ]),
      ),
      './package.json': './package.json',
    },
    files: ['dist', 'API.md'],
    dependencies: ofLibrary(manifest),
    peerDependencies: manifest.peerDependencies,
    peerDependenciesMeta: manifest.peerDependenciesMeta,
  },
  files: {
    'dist/src/client': 'dist/client',
    'dist/src/protocol': 'dist/protocol',
    'docs/client.md': 'README.md',
  },
});
await writeFile(join(out, 'client/API.md'), await clientApi(join(root, 'dist/src/client')));
await stage('server', {
  manifest: {
    name,
    description,
    ...shared,
    bin: manifest.bin,
    exports: manifest.exports,
    files: manifest.files,
    dependencies: manifest.dependencies,
    optionalDependencies: manifest.optionalDependencies,
    peerDependencies: manifest.peerDependencies,
    peerDependenciesMeta: manifest.peerDependenciesMeta,
  },
  files: { dist: 'dist', docs: 'docs', 'README.md': 'README.md' },
});
// Nothing is built by installing or packing: what is packed is what was tested.
run('npm', ['pack', '--ignore-scripts', '--pack-destination', out, join(out, 'client'), join(out, 'server')]);

async function stage(folder, { manifest, files }) {
  const target = join(out, folder);
  await mkdir(target, { recursive: true });
  for (const [from, to] of Object.entries({ ...files, LICENSE: 'LICENSE' })) {
    await cp(join(root, from), join(target, to), { recursive: true });
  }
  await writeFile(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The version's tag, if HEAD has one. Undefined outside a checkout. */
function tagOfHead() {
  const args = ['describe', '--tags', '--exact-match', '--match', 'v*'];
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) fail(`${command} ${args[0]} failed`);
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
