import { spawnSync } from 'node:child_process';

/** The tests talk to real servers, and run programs that use them. Brings up what is missing, or says in one line what to install. */
const NEEDED = {
  curl: '--version',
  'redis-server': '--version',
  nginx: '-v',
  chromium: '--version',
  prometheus: '--version',
};

const missing = Object.entries(NEEDED)
  .filter(([program, version]) => !runs(program, [version]))
  .map(([program]) => program);
if (missing.length > 0 && !install(missing)) {
  console.error(`The tests need ${missing.join(' and ')}: install them, or run the tests as root on Debian.`);
  process.exit(1);
}

function install(packages) {
  if (process.getuid?.() !== 0 || !runs('apt-get', ['--version'])) return false;
  const apt = (...args) =>
    spawnSync('apt-get', ['-q', '-y', ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      // Debian starts a service that it installs, unless this says that the machine is on its way down.
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    }).status === 0;
  return apt('update') && apt('install', '--no-install-recommends', ...packages);
}

function runs(program, args) {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
