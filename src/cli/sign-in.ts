import type { SignedIn } from '../account/user.js';
import { CliError } from './exit.js';
import type { Identity } from './identity.js';

/** How long signing in may take, in ms. */
const SIGN_IN_MS = 15_000;

/** @throws CliError that says why there are no tokens. */
export async function signIn(url: string, who: Exclude<Identity, { kind: 'token' }>): Promise<SignedIn> {
  const { path, body } =
    who.kind === 'demo'
      ? { path: 'demo', body: {} }
      : { path: 'login', body: { email: who.email, password: who.password } };
  const response = await post(`${url}/api/auth/${path}`, body);
  if (response.ok) return (await response.json()) as SignedIn;
  if (response.status === 404 && who.kind === 'demo') {
    throw new CliError('this gateway has no demo users: use --email or --token');
  }
  if (response.status === 404) {
    throw new CliError('this gateway signs nobody in, its tokens come from elsewhere: use --token');
  }
  throw new CliError(`not signed in: ${await reasonOf(response)}`);
}

async function post(url: string, body: object): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(SIGN_IN_MS),
    });
  } catch (error) {
    const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    throw new CliError(`${new URL(url).origin} does not answer (${code ?? 'time out'}): is the gateway up?`);
  }
}

async function reasonOf(response: Response): Promise<string> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: unknown };
  return typeof problem.detail === 'string' ? problem.detail : `status ${response.status}`;
}
