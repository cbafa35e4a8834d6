import { AppError } from '../kernel/errors.js';
import { VERSION } from '../schemas/json-schema.js';
import { StartError } from '../start-error.js';
import type { Command } from './command.js';
import { CliError, EXIT, type ExitCode } from './exit.js';
import { painted } from './output.js';
import type { Terminal } from './terminal.js';

/** Loaded on demand: `chat` needs no database driver. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start/command.js')).start,
  migrate: async () => (await import('./migrate/command.js')).migrate,
  chat: async () => (await import('./chat/command.js')).chat,
  token: async () => (await import('./token/command.js')).token,
  user: async () => (await import('./user/command.js')).user,
  knowledge: async () => (await import('./knowledge/command.js')).knowledge,
  feedback: async () => (await import('./feedback/command.js')).feedback,
  audit: async () => (await import('./audit/command.js')).audit,
  doctor: async () => (await import('./doctor/command.js')).doctor,
  conformance: async () => (await import('./conformance/command.js')).conformance,
};

const HELP = `veda-gateway <command> [options]

  start        start the gateway, a worker, or both: the environment says what
  migrate      bring the database up to date
  chat         talk to a gateway, line by line
  token        print an access token
  user         add, list and remove users, for operators
  knowledge    add, list and remove documents that answers rest on, for operators
  feedback     export what people think of answers, for operators
  audit        verify and export the audit trail, for operators
  doctor       test a gateway, and the proxies before it, from outside
  conformance  test whether a server keeps the protocol

  veda-gateway <command> --help    its options, with examples
  veda-gateway --version

Exit codes: 0 success, 1 failure, 2 the command line is wrong, 130 ended with Ctrl-C.
`;

/** Runs one command line. Never throws: an error is one line on stderr. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = argv;
  try {
    if (name === '--version' || name === '-V') return say(terminal, `${VERSION}\n`);
    if (name === undefined) {
      terminal.stderr.write(HELP);
      return EXIT.usage;
    }
    if (name === '--help' || name === '-h' || name === 'help') return say(terminal, HELP);
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!load) throw new CliError(`unknown command '${name}'`, EXIT.usage);
    const command = await load();
    if (asksForHelp(rest)) return say(terminal, command.help);
    return await command.run(rest, terminal);
  } catch (error) {
    return fail(error, terminal);
  }
}

function asksForHelp(argv: readonly string[]): boolean {
  const options = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  return options.includes('--help') || options.includes('-h');
}

function say({ stdout }: Terminal, text: string): ExitCode {
  stdout.write(text);
  return EXIT.ok;
}

function fail(error: unknown, terminal: Terminal): ExitCode {
  const exit = error instanceof CliError ? error.exit : EXIT.failed;
  const message = messageOf(error);
  if (message !== '') {
    const hint = exit === EXIT.usage ? ' (see --help)' : '';
    terminal.stderr.write(painted('red', `veda-gateway: ${message}${hint}`), '\n');
  }
  return exit;
}

/** Our own errors contain no secret. Of other errors only the name or the code is printed. */
function messageOf(error: unknown): string {
  if (error instanceof CliError || error instanceof AppError || error instanceof StartError) {
    return error.message;
  }
  const { name, code } = error as NodeJS.ErrnoException;
  return `failed (${code ?? name})`;
}
