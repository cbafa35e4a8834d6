import { JwtIssuer } from '../../adapters/jwt.js';
import { parseConfig } from '../../config.js';
import { type Command, parseArguments, wholeNumber } from '../command.js';
import { EXIT, usage } from '../exit.js';
import { gatewayUrl, URL_HELP, URL_OPTION } from '../gateway-url.js';
import { identityOf } from '../identity.js';
import { signIn } from '../sign-in.js';
import type { Terminal } from '../terminal.js';
import { timesOf } from '../token-claims.js';

const HELP = `veda-gateway token [--url URL] [--email EMAIL | --demo] [--json]
veda-gateway token --sub ID [--ttl SECONDS] [--json]

Prints an access token. It signs in for it; with --sub it makes one itself, with the gateway's JWT_SECRET (and JWT_ISSUER,
JWT_AUDIENCE if it has them) from the environment.

${URL_HELP}
  --email EMAIL  signs in with a password: a prompt without echo, VEDA_PASSWORD, or the first line of stdin
  --demo         signs in as a new demo user, where the gateway offers that; the default
  --sub ID       id of the user (veda-gateway user list). Such a token has no session and cannot be revoked
  --ttl SECONDS  its lifetime; 900
  --json         {"accessToken", "expiresIn", "user"}

  TOKEN=$(veda-gateway token --email ada@example.org)
  JWT_SECRET=… veda-gateway token --sub 01a202a0-3ddf-756c-b745-3a097f1b05dc --ttl 60
`;

const OPTIONS = {
  ...URL_OPTION,
  email: { type: 'string' },
  demo: { type: 'boolean' },
  sub: { type: 'string' },
  ttl: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** Ten years: enough for any test. */
const LONGEST_SECONDS = 315_360_000;

/** The gateway refuses a longer `sub`. */
const LONGEST_SUB = 255;

export const token: Command = {
  help: HELP,
  async run(argv, terminal) {
    const { sub, ttl, json, url, email, demo } = parseArguments(argv, OPTIONS).values;
    if (sub === undefined && ttl !== undefined) throw usage('--ttl goes with --sub');
    if (sub !== undefined && (url ?? email ?? demo) !== undefined) {
      throw usage('--sub does not ask a gateway: it goes without --url, --email and --demo');
    }
    const made =
      sub === undefined ? await fetched({ url, email, demo }, terminal) : await mint(sub, ttl, terminal);
    terminal.stdout.write(`${json ? JSON.stringify(made) : made.accessToken}\n`);
    return EXIT.ok;
  },
};

interface Asked {
  readonly url: string | undefined;
  readonly email: string | undefined;
  readonly demo: boolean | undefined;
}

async function fetched({ url, ...who }: Asked, terminal: Terminal) {
  const at = gatewayUrl(url, terminal);
  // VEDA_TOKEN is ignored: a new token is wanted.
  const identity = await identityOf(
    { demo: who.email === undefined ? true : who.demo, email: who.email },
    terminal,
  );
  if (identity.kind === 'token') throw usage('--email or --demo is missing');
  const session = await signIn(at, identity);
  const accessToken = await session.getToken();
  const { exp = 0, iat = 0 } = timesOf(accessToken);
  return { accessToken, expiresIn: exp - iat, user: await session.user() };
}

/** Does not check that the user exists. */
async function mint(sub: string, ttl: string | undefined, { env }: Terminal) {
  if (sub === '' || sub.length > LONGEST_SUB) throw usage(`--sub must have 1 to ${LONGEST_SUB} characters`);
  const { JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE } = env;
  const { jwtSecret, jwtIssuer, jwtAudience } = parseConfig({ JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE });
  if (jwtSecret === undefined) throw usage('JWT_SECRET is not set');
  const seconds = wholeNumber('ttl', ttl ?? '900', 1, LONGEST_SECONDS);
  const issuer = new JwtIssuer(jwtSecret, seconds, { issuer: jwtIssuer, audience: jwtAudience });
  const issued = await issuer.issue(sub);
  return { accessToken: issued.token, expiresIn: issued.expiresIn, user: { id: sub } };
}
