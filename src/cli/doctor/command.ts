import { parseKnowledgeConfig } from '../../config.js';
import { parseRedisAddress } from '../../redis-address.js';
import { type Command, parseArguments, wholeNumber } from '../command.js';
import { EXIT, usage } from '../exit.js';
import { gatewayUrl, URL_HELP, URL_OPTION } from '../gateway-url.js';
import { IDENTITY_HELP, IDENTITY_OPTIONS, identityOf } from '../identity.js';
import { painted } from '../output.js';
import type { Terminal } from '../terminal.js';
import type { EmbeddingContext } from './checks/embedding.js';
import type { Finding } from './finding.js';
import { Gateway } from './gateway.js';
import { lineOf, summaryLine, summaryOf } from './report.js';
import { type DoctorOptions, runChecks } from './run-checks.js';

const HELP = `veda-gateway doctor [--url URL] [--token TOKEN | --email EMAIL | --demo] [options]

Connects as clients do, through every proxy before the gateway, and prints for each part whether it works, what it saw and
what to change: name and certificate, health, clock, sign-in, an answer, buffering and compression of event streams,
WebSocket upgrades, sticky sessions, sizes, idle time-outs. It makes two conversations and deletes them; a model answers
one short message.

${URL_HELP}
${IDENTITY_HELP}
  --idle SECONDS       how long idle connections are held open: 20; heartbeats come every 15 s; 0 skips the check
  --origin ORIGIN      of a page that is to call the gateway: tests CORS
  --redis-url URL      tests Redis too; without it REDIS_URL
  --database-url URL   tests PostgreSQL too; without it DATABASE_URL
  --strict             warnings count as failures
  --json               {"url", "findings": [{"about", "level", "finding", "advice"}], "summary": {"ok", "warn", "fail"}}

Exit codes: 0 nothing failed, 1 something failed, 2 the command line is wrong. Put addresses with passwords into the
environment: other users of the machine can see options.

  veda-gateway doctor --url https://chat.example.org --email ada@example.org --origin https://www.example.org
  docker compose run --rm gateway node dist/src/cli/main.js doctor --url http://gateway:3000 --token "$TOKEN"
`;

const OPTIONS = {
  ...URL_OPTION,
  ...IDENTITY_OPTIONS,
  idle: { type: 'string' },
  origin: { type: 'string' },
  'redis-url': { type: 'string' },
  'database-url': { type: 'string' },
  strict: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const LONGEST_IDLE_SECONDS = 3600;

export const doctor: Command = {
  help: HELP,
  async run(argv, terminal) {
    const { values } = parseArguments(argv, OPTIONS);
    const url = gatewayUrl(values.url, terminal);
    const options = {
      gateway: new Gateway(url),
      who: await identityOf(values, terminal),
      origin: originOf(values.origin),
      idleMs: wholeNumber('idle', values.idle ?? '20', 0, LONGEST_IDLE_SECONDS) * 1000,
      redisUrl: redisUrlOf(values['redis-url'] ?? terminal.env['REDIS_URL']),
      embedding: embeddingOf(terminal.env),
      databaseUrl: (values['database-url'] ?? terminal.env['DATABASE_URL']) || undefined,
    };
    const findings = values.json ? await gather(options) : await print(options, terminal);
    const summary = summaryOf(findings);
    if (values.json) terminal.stdout.write(`${JSON.stringify({ url, findings, summary })}\n`);
    else terminal.stdout.write('\n', summaryLine(summary), '\n');
    return summary.fail > 0 || (values.strict && summary.warn > 0) ? EXIT.failed : EXIT.ok;
  },
};

async function gather(options: DoctorOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of runChecks(options)) findings.push(finding);
  return findings;
}

async function print(options: DoctorOptions, terminal: Terminal): Promise<Finding[]> {
  const findings: Finding[] = [];
  const seconds = Math.max(options.idleMs / 1000, 1);
  terminal.stderr.write(painted('dim', `${options.gateway.url}: takes about ${seconds} s\n\n`));
  for await (const finding of runChecks(options)) {
    findings.push(finding);
    terminal.stdout.write(...lineOf(finding));
  }
  return findings;
}

function originOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw usage('--origin must be an origin like https://www.example.org');
}

function embeddingOf(env: NodeJS.ProcessEnv): EmbeddingContext | undefined {
  const { embedModel: model, ollamaHost: hosts } = parseKnowledgeConfig(env);
  return model === undefined ? undefined : { model, hosts };
}

function redisUrlOf(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (parseRedisAddress(text)) return text;
  throw usage('--redis-url (or REDIS_URL) must be an address like redis://127.0.0.1:6379');
}
