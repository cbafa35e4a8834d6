import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './redis.js';

export interface Nginx {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What it has logged so far, by the name of the file. A request is logged when it has ended. */
  log(file: 'access.log' | 'error.log'): Promise<string>;
  /** Ends it, with all that is open. */
  stop(): Promise<void>;
}

/**
 * An nginx with a configuration as an operator has it, but for what only root may use: it listens to a free port of
 * 127.0.0.1 in place of 80, runs as whoever runs the test, and keeps its files in a folder of its own.
 * @throws when there is no `nginx` to be run, or it does not take the configuration.
 */
export async function startNginx(config: string): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'veda-nginx-'));
  const port = await freePort();
  await writeFile(join(folder, 'nginx.conf'), asOwn(config, port));
  const server = await run(folder);
  return {
    url: `http://127.0.0.1:${port}`,
    log: (file) => readFile(join(folder, file), 'utf8'),
    async stop() {
      const exit = once(server, 'exit');
      server.kill('SIGTERM');
      await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function asOwn(config: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const paths = temporary.map((kind) => `${kind}_temp_path ${kind};`).join(' ');
  return config
    .replace(/^user .*;/m, `user ${userInfo().username};`)
    .replace(/listen 80;/, `listen 127.0.0.1:${port};`)
    .replaceAll('/var/log/nginx/', '')
    .replace(/^http \{/m, `http { ${paths}`);
}

/** Resolves when it takes connections. */
async function run(folder: string): Promise<ChildProcess> {
  // Beside what the configuration logs: that workers have started is a notice.
  const own = 'daemon off; pid nginx.pid; error_log stderr notice;';
  const server = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', own], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.on('error', (error) => reject(new Error(`nginx cannot be run: ${error.message}`)));
    server.on('exit', (code) => reject(new Error(`nginx ended with ${code}: ${said}`)));
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('start worker process ')) resolve();
    });
  });
  // What it says later is not wanted, but must be read, or it would block.
  server.stderr.removeAllListeners('data').resume();
  return server;
}
