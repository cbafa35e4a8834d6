import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseConfig } from '../src/config.js';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly stop_grace_period?: string;
  readonly restart: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
}

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const composeFile = read('docker-compose.yml');
const { services, networks } = parse(composeFile, { merge: true }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean } | null>;
};
const ours = Object.entries(services).filter(([, { build }]) => build !== undefined);
const dockerfile = read('Dockerfile');

describe('the image', () => {
  it('starts as npm start does', () => {
    expect(`exec ${commandIn(dockerfile, /^CMD (.+)$/m)}`).toBe(scripts['start']);
  });

  it('is given all that it copies', () => {
    const allowed = read('.dockerignore').match(/(?<=^!).+$/gm);
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) =>
      files?.split(' '),
    );
    expect(copied).not.toEqual([]);
    expect(copied.filter((file) => !allowed?.includes(file ?? ''))).toEqual([]);
  });

  it('runs as nobody in particular', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
  });
});

describe('docker compose', () => {
  it('runs what npm runs', () => {
    expect(ours.map(([name]) => name)).toEqual(['migrate', 'gateway', 'worker']);
    expect(services['migrate']?.command?.join(' ')).toBe(scripts['migrate']);
    expect([services['gateway']?.command, services['worker']?.command]).toEqual([undefined, undefined]);
  });

  it.each(ours)('gives %s an environment that is accepted', (name, { environment }) => {
    const config = parseConfig(substituted(environment));
    expect(config.role).toBe(name === 'migrate' ? 'all' : name);
    expect(config).toMatchObject({ llmProvider: 'ollama', ollamaHost: ['http://ollama:11434'] });
  });

  it.each(ours)('gives %s time to drain, no privileges and another try', (_, service) => {
    const { drainSeconds } = parseConfig(substituted(service.environment));
    // Closing may take 10 s after that (src/main.ts).
    expect(Number.parseInt(service.stop_grace_period ?? '', 10)).toBeGreaterThan(drainSeconds + 10);
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    expect(service.restart).toMatch(/^(unless-stopped|on-failure)$/);
  });

  it('does not start without its secrets, and holds none', () => {
    expect(composeFile).toMatch(/JWT_SECRET: \$\{JWT_SECRET:\?/);
    expect(composeFile.match(/POSTGRES_PASSWORD: .*/g)).toEqual([
      expect.stringMatching(/\$\{POSTGRES_PASSWORD:\?/),
    ]);
    expect(composeFile).toMatch(/postgres:\/\/veda:\$\{POSTGRES_PASSWORD:\?/);
  });

  it('lets nobody but the gateway be reached, and that from this machine alone', () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name, { ports }]) => [name, ports])).toEqual([
      ['gateway', [expect.stringMatching(/^127\.0\.0\.1:/)]],
    ]);
    for (const name of ['postgres', 'redis']) {
      expect(services[name]?.networks?.map((network) => networks[network]?.internal)).toEqual([true]);
    }
  });

  it('asks Redis and Postgres for a password, and gives them no file to write but their data', () => {
    expect(composeFile).toMatch(/REDIS_PASSWORD: \$\{REDIS_PASSWORD:\?/);
    expect(services['redis']?.command?.join(' ')).toContain('requirepass');
    for (const name of ['postgres', 'redis']) expect(services[name]).toMatchObject({ read_only: true });
  });

  it('keeps Redis from dropping jobs and text', () => {
    const command = services['redis']?.command?.join(' ');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(command).toContain('--appendonly yes');
  });
});

function read(file: string): string {
  return readFileSync(join(import.meta.dirname, '..', file), 'utf8');
}

/** A command in exec form, as one would type it. */
function commandIn(text: string, line: RegExp): string {
  return (JSON.parse(line.exec(text)?.[1] ?? '') as string[]).join(' ');
}

/** With the variables replaced by their defaults, or by a secret. */
function substituted(environment: Service['environment'] = {}): Record<string, string> {
  const withDefaults = (value: string) =>
    value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1').replaceAll(/\$\{\w+:\?[^}]*\}/g, 'abcdefghij'.repeat(4));
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, withDefaults(String(value))]),
  );
}
