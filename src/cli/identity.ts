import { usage } from './exit.js';
import { type PasswordOptions, readPassword } from './password.js';
import type { Terminal } from './terminal.js';

/** How a command authenticates. */
export type Identity =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'login'; readonly email: string; readonly password: string }
  | { readonly kind: 'demo' };

export const IDENTITY_OPTIONS = {
  token: { type: 'string' },
  email: { type: 'string' },
  demo: { type: 'boolean' },
} as const;

export const IDENTITY_HELP = `  --token TOKEN  an access token; better as VEDA_TOKEN, which a list of processes does not show
  --email EMAIL  signs in with a password: a prompt without echo, or VEDA_PASSWORD
  --demo         signs in as a new demo user, where the gateway offers that; the default`;

interface IdentityValues {
  readonly token?: string | undefined;
  readonly email?: string | undefined;
  readonly demo?: boolean | undefined;
}

/** @throws CliError when more than one option is given, or there is no password for the email */
export async function identityOf(
  { token, email, demo }: IdentityValues,
  terminal: Terminal,
  password: PasswordOptions = {},
): Promise<Identity> {
  const given = [token, email, demo].filter((value) => value !== undefined);
  if (given.length > 1) throw usage('--token, --email and --demo exclude one another');
  if (email !== undefined) {
    return { kind: 'login', email, password: await readPassword(terminal, password) };
  }
  const known = token ?? terminal.env['VEDA_TOKEN'];
  return known && !demo ? { kind: 'token', token: known } : { kind: 'demo' };
}
