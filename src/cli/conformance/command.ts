import { readFile } from 'node:fs/promises';
import { DISCLAIMER } from '../../generation/disclaimer.js';
import { type Command, parseArguments, wholeNumber } from '../command.js';
import type { Finding } from '../doctor/finding.js';
import { codeOf, Gateway } from '../doctor/gateway.js';
import { lineOf, summaryLine, summaryOf } from '../doctor/report.js';
import { openSession, type UserSession } from '../doctor/session.js';
import { CliError, EXIT } from '../exit.js';
import { gatewayUrl } from '../gateway-url.js';
import { IDENTITY_HELP, IDENTITY_OPTIONS, identityOf } from '../identity.js';
import type { Terminal } from '../terminal.js';
import { checkRules, type Rule } from './rule.js';
import { accepted, idempotency, limits, privacy, refusals } from './rules/sending.js';
import { closing, replies, reset } from './rules/socket.js';
import {
  content,
  cursors,
  disclaimed,
  form,
  heartbeat,
  impossible,
  order,
  resumed,
} from './rules/streaming.js';
import { openSubject } from './subject.js';

const RULES: readonly Rule[] = [
  accepted,
  idempotency,
  form,
  order,
  cursors,
  content,
  disclaimed,
  resumed,
  impossible,
  reset,
  replies,
  closing,
  refusals,
  limits,
  privacy,
  heartbeat,
];

const HELP = `veda-gateway conformance URL [--token TOKEN | --email EMAIL | --demo] [options]

Tests whether a server keeps what docs/protocol.md promises: frames, cursors, resumes, resets, codes, limits. It makes a
conversation for each user, deletes it at the end, and lets the model answer one short message.

${IDENTITY_HELP}
  --disclaimer FILE  the disclaimer of the server, if it has another one
  --idle SECONDS     how long a silent stream is watched for its heartbeat: 20; 0 skips that rule
  --json             {"url", "findings": [{"about", "level", "finding", "advice"}], "summary": {"ok", "warn", "fail"}}

VEDA_OTHER_TOKEN is a second user's token: whether that user's conversation is hidden can only be tested with it.
Exit codes: 0 every rule is kept, 1 one is broken, 2 the command line is wrong.

  veda-gateway conformance https://chat.example.org --email ada@example.org
`;

const OPTIONS = {
  ...IDENTITY_OPTIONS,
  disclaimer: { type: 'string' },
  idle: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const LONGEST_IDLE_SECONDS = 600;

export const conformance: Command = {
  help: HELP,
  async run(argv, terminal) {
    const { values, positionals } = parseArguments(argv, OPTIONS, ['URL']);
    const url = gatewayUrl(positionals[0], terminal, 'URL');
    const gateway = new Gateway(url);
    const options = {
      disclaimer: values.disclaimer === undefined ? DISCLAIMER : await textOf(values.disclaimer),
      idleMs: wholeNumber('idle', values.idle ?? '20', 0, LONGEST_IDLE_SECONDS) * 1000,
    };
    const session = await signedIn(gateway, await identityOf(values, terminal));
    const otherToken = terminal.env['VEDA_OTHER_TOKEN'];
    const other = otherToken ? await signedIn(gateway, { kind: 'token', token: otherToken }) : undefined;
    const findings: Finding[] = [];
    try {
      const subject = await openSubject(gateway, session, other, options).catch((error: unknown) => {
        throw error instanceof CliError ? error : new CliError(`no message was answered (${codeOf(error)})`);
      });
      for await (const finding of checkRules(RULES, subject)) {
        findings.push(finding);
        if (!values.json) terminal.stdout.write(...lineOf(finding));
      }
    } finally {
      await Promise.all([session.close(), other?.close()]);
    }
    report(findings, url, values.json ?? false, terminal);
    return summaryOf(findings).fail > 0 ? EXIT.failed : EXIT.ok;
  },
};

/** @throws CliError when the user is not accepted */
async function signedIn(gateway: Gateway, who: Parameters<typeof openSession>[1]): Promise<UserSession> {
  const { session, findings } = await openSession(gateway, who, 0);
  if (session) return session;
  throw new CliError(findings.at(-1)?.finding ?? 'nobody is signed in');
}

async function textOf(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    throw new CliError('the file of --disclaimer cannot be read');
  }
}

function report(findings: readonly Finding[], url: string, json: boolean, { stdout }: Terminal): void {
  const summary = summaryOf(findings);
  if (json) stdout.write(`${JSON.stringify({ url, findings, summary })}\n`);
  else stdout.write('\n', summaryLine(summary), '\n');
}
