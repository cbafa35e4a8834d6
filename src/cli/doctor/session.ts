import type { CliError } from '../exit.js';
import type { Identity } from '../identity.js';
import { signIn } from '../sign-in.js';
import { timesOf } from '../token-claims.js';
import { clockFinding } from './checks/clock.js';
import { type Finding, fail, ok, warn } from './finding.js';
import type { Gateway } from './gateway.js';

/** A signed-in user, with conversations made for the checks. */
export interface UserSession {
  readonly token: string;
  /** @throws when the gateway refuses it */
  newConversation(): Promise<string>;
  /** Deletes the conversations. */
  close(): Promise<void>;
}

export interface SignedIn {
  readonly findings: readonly Finding[];
  /** Absent when signing in failed. */
  readonly session?: UserSession;
}

/** A token that expires within the idle time plus this many seconds may expire during the checks. */
const SPARE_SECONDS = 60;

/** Signs in, and checks that the token is accepted and lasts long enough. */
export async function openSession(gateway: Gateway, who: Identity, idleMs: number): Promise<SignedIn> {
  let token: string;
  try {
    token = who.kind === 'token' ? who.token : await (await signIn(gateway.url, who)).getToken();
  } catch (error) {
    const finding = `${(error as CliError).message}; what a user sees was not tested`;
    const advice = 'give --email or --token';
    return {
      findings: [who.kind === 'demo' ? warn('auth', finding, advice) : fail('auth', finding, advice)],
    };
  }
  const findings = readToken(token, who.kind !== 'token', idleMs);
  const me = await gateway.ask('/api/me', { headers: bearer(token) });
  if (me.status !== 200) {
    const advice =
      me.status === 401
        ? 'is it of this gateway, of a user who still exists, not expired? Does the proxy pass Authorization on?'
        : 'look at the log of the gateway and of what stands before it';
    return {
      findings: [...findings, fail('auth', `GET /api/me answers the token with ${me.status}`, advice)],
    };
  }
  return {
    findings: [...findings, ok('auth', 'the token is accepted')],
    session: new Session(gateway, token),
  };
}

export function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

class Session implements UserSession {
  readonly token: string;
  readonly #gateway: Gateway;
  readonly #made: string[] = [];

  constructor(gateway: Gateway, token: string) {
    this.#gateway = gateway;
    this.token = token;
  }

  async newConversation(): Promise<string> {
    const headers = bearer(this.token);
    const made = await this.#gateway.ask('/api/conversations', {
      method: 'POST',
      headers,
      body: { title: 'doctor' },
    });
    if (made.status !== 201) throw new Error(`no conversation: status ${made.status}`);
    const { id } = JSON.parse(made.body) as { id: string };
    this.#made.push(id);
    return id;
  }

  async close(): Promise<void> {
    const headers = bearer(this.token);
    await Promise.allSettled(
      this.#made.map((id) => this.#gateway.ask(`/api/conversations/${id}`, { method: 'DELETE', headers })),
    );
  }
}

/** Compares the token's times with this machine's clock; no findings if it has none. */
function readToken(token: string, fresh: boolean, idleMs: number): Finding[] {
  const { iat, exp } = timesOf(token);
  const now = Date.now() / 1000;
  const left = exp === undefined ? undefined : exp - now;
  const findings = iat !== undefined && fresh ? [clockFinding("the token's issuer", iat + 0.5 - now)] : [];
  if (left !== undefined && left < idleMs / 1000 + SPARE_SECONDS) {
    const finding = left < 0 ? 'the token has expired' : `the token expires in ${Math.floor(left)} s`;
    findings.push(
      warn('auth', finding, 'streams end with their token: ACCESS_TOKEN_SECONDS, or a newer token'),
    );
  }
  return findings;
}
