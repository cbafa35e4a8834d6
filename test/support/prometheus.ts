import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './redis.js';

/** A real Prometheus of the test's own. */
export class Prometheus {
  readonly #process: ChildProcess;
  readonly #url: string;
  readonly #directory: string;

  private constructor(process: ChildProcess, url: string, directory: string) {
    this.#process = process;
    this.#url = url;
    this.#directory = directory;
  }

  /** Resolves when it is ready. @throws when it cannot be run, or refuses its configuration. */
  static async start(configFile: string): Promise<Prometheus> {
    const directory = await mkdtemp(join(tmpdir(), 'veda-prometheus-'));
    const address = `127.0.0.1:${await freePort()}`;
    const options = [`--config.file=${configFile}`, `--storage.tsdb.path=${directory}`];
    const child = spawn('prometheus', [...options, `--web.listen-address=${address}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    let over = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    child.on('error', (error) => {
      over = error.message;
    });
    child.on('exit', (code) => {
      over = `it ended with ${code}`;
    });
    const prometheus = new Prometheus(child, `http://${address}`, directory);
    for (;;) {
      if (over) throw new Error(`prometheus cannot be run: ${over}: ${said}`);
      const ready = await fetch(`http://${address}/-/ready`).catch(() => undefined);
      if (ready?.status === 200) return prometheus;
      await sleep(50);
    }
  }

  /** `data` of an answer of its API. @throws when it is refused, such as an expression that does not parse. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  // oxlint-disable-next-line typescript/no-explicit-any
  async get(path: string, query: Record<string, string> = {}): Promise<any> {
    const response = await fetch(`${this.#url}/api/v1/${path}?${new URLSearchParams(query).toString()}`);
    const body = (await response.json()) as { status: string; data: unknown; error?: string };
    if (body.status !== 'success') throw new Error(`${path} ${JSON.stringify(query)}: ${body.error}`);
    return body.data;
  }

  async stop(): Promise<void> {
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
    await rm(this.#directory, { recursive: true, force: true });
  }
}
