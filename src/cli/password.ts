import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CliError, interrupted } from './exit.js';
import type { Terminal } from './terminal.js';

/** For `--help`. */
export const PASSWORD_HELP =
  'The password is VEDA_PASSWORD, or is typed at a prompt without echo, or is the first line of stdin.';

export interface PasswordOptions {
  /** Asks for it a second time, so that a typing error locks nobody out. */
  readonly twice?: boolean;
  /** Whether it may be the first line of stdin when that is not a terminal. */
  readonly fromPipe?: boolean;
}

/** @throws CliError when there is none, or the two are not the same */
export async function readPassword(terminal: Terminal, options: PasswordOptions = {}): Promise<string> {
  const given = terminal.env['VEDA_PASSWORD'];
  if (given) return given;
  if (!terminal.stdin.isTTY) return fromPipe(terminal, options);
  const password = await ask(terminal, 'Password: ');
  if (options.twice && (await ask(terminal, 'Again: ')) !== password) {
    throw new CliError('the passwords are not the same');
  }
  return password;
}

async function fromPipe({ stdin }: Terminal, { fromPipe = true }: PasswordOptions): Promise<string> {
  if (!fromPipe) throw new CliError('stdin is not a terminal: set VEDA_PASSWORD');
  for await (const line of createInterface({ input: stdin })) return line;
  throw new CliError('no password: set VEDA_PASSWORD, or write it to stdin');
}

/** readline handles the keys; its echo is discarded. */
function ask({ stdin, stderr }: Terminal, question: string): Promise<string> {
  stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('SIGINT', () => reject(interrupted()));
    lines.once('close', () => reject(interrupted()));
    lines.question('', resolve);
  }).finally(() => {
    lines.close();
    stderr.write('\n');
  }) as Promise<string>;
}
