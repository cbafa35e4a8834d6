import { PostgresFeedbackStore } from '../../adapters/postgres/feedback-store.js';
import { SystemClock } from '../../adapters/system-clock.js';
import { openEncryption } from '../../app/encryption.js';
import { parseEncryptionConfig } from '../../config.js';
import { Lifecycle } from '../../lifecycle.js';
import { type Command, parseArguments } from '../command.js';
import { openDatabase } from '../database.js';
import { EXIT, type ExitCode, usage } from '../exit.js';
import type { Terminal } from '../terminal.js';

const HELP = `veda-gateway feedback export [--since TIME]

What people think of answers, for operators: the gateway whose DATABASE_URL and ENCRYPTION_KEY_FILE are in the environment.

  export   prints each rating as one line of JSON, oldest first: ratedAt, rating, reason, comment, the ids of answer and conversation, and
           the model. Neither question nor answer is in it, nor who rated. A comment is a person's own words: treat it as such

  DATABASE_URL=postgres://… veda-gateway feedback export --since 2026-11-01T00:00:00Z > november.ndjson
`;

export const feedback: Command = {
  help: HELP,
  async run([action, ...argv], terminal) {
    if (action === 'export') return exportRatings(argv, terminal);
    throw usage(action === undefined ? 'what to do is missing: export' : `unknown action '${action}'`);
  },
};

async function exportRatings(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { since } = parseArguments(argv, { since: { type: 'string' } }).values;
  const from = since === undefined ? new Date(0) : new Date(since);
  if (Number.isNaN(from.getTime())) throw usage('--since must be a time like 2026-11-01T00:00:00Z');
  const lifecycle = new Lifecycle();
  try {
    const database = await openDatabase(terminal.env, lifecycle);
    const { cipher } = await openEncryption(parseEncryptionConfig(terminal.env), database, new SystemClock());
    for await (const rated of new PostgresFeedbackStore(database, cipher).since(from)) {
      terminal.stdout.write(`${JSON.stringify(rated)}\n`);
      await terminal.stdout.drained();
    }
  } finally {
    await lifecycle.stop();
  }
  return EXIT.ok;
}
