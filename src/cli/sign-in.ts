import { ClientError, createSession, type Session } from '../client/index.js';
import { CliError } from './exit.js';
import type { Identity } from './identity.js';

/** Signs in with the gateway's own accounts. @throws CliError that says why it failed */
export async function signIn(url: string, who: Exclude<Identity, { kind: 'token' }>): Promise<Session> {
  const session = createSession({ url });
  try {
    await (who.kind === 'demo'
      ? session.demo()
      : session.signIn({ email: who.email, password: who.password }));
    return session;
  } catch (error) {
    throw refusalOf(error, url, who.kind);
  }
}

/** The token options of `createClient`. @throws CliError when signing in fails */
export async function tokenSource(
  url: string,
  who: Identity,
): Promise<{ token: string } | { getToken: (refused?: string) => Promise<string> }> {
  if (who.kind === 'token') return { token: who.token };
  const session = await signIn(url, who);
  return { getToken: (refused) => session.getToken(refused) };
}

/** Turns a `ClientError` into a `CliError`; other errors are returned as they are. */
export function toCliError(error: unknown, url: string): unknown {
  if (!(error instanceof ClientError)) return error;
  if (error.problem.code !== 'network') return new CliError(error.message);
  const answered = error.status === undefined ? '' : ` (status ${error.status})`;
  return new CliError(`${url} cannot be reached${answered}: is the gateway up?`);
}

function refusalOf(error: unknown, url: string, kind: 'login' | 'demo'): unknown {
  if (!(error instanceof ClientError) || error.status !== 404) return toCliError(error, url);
  return kind === 'demo'
    ? new CliError('this gateway has no demo users: use --email or --token')
    : new CliError('this gateway signs nobody in, its tokens come from elsewhere: use --token');
}
