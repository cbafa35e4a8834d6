import { createHmac } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { TokenVerifier } from '../account/ports.js';
import { SignIn, type SignInOptions } from '../account/sign-in.js';
import { Jwks } from '../adapters/jwks.js';
import { JwtIssuer, outsideTokenVerifier, ownTokenVerifier } from '../adapters/jwt.js';
import { keepSecret } from '../adapters/secret-file.js';
import type { Config } from '../config.js';
import type { Logger } from '../kernel/logger.js';
import { throttledWarning } from '../kernel/throttled-warning.js';
import { isLoopback } from '../transports/http/own-hosts.js';
import type { SignInOffer } from '../transports/http/page-routes.js';
import { dataFile, type Infrastructure } from './infrastructure.js';

/** Whether anybody may become a demo user: where nobody but the owner of the machine can come. */
export function offersDemo(config: Config): boolean {
  return config.databaseUrl === undefined && config.jwksUri === undefined && isLoopback(config.host);
}

/** What the page offers to somebody who is not signed in. */
export function signInOffer(config: Config): SignInOffer {
  if (config.jwksUri !== undefined) return 'token';
  return `accounts${config.allowRegistration ? ' registration' : ''}${offersDemo(config) ? ' demo' : ''}`;
}

/** Who checks access tokens, and who makes them: nobody, where they come from another issuer. */
export async function tokens(
  config: Config,
  { notifier, clock }: Infrastructure,
  logger: Logger,
  accounts: Pick<SignInOptions, 'store' | 'hasher' | 'signInLimits' | 'limits' | 'security'>,
): Promise<{ verifier: TokenVerifier; signIn?: SignIn }> {
  const names = { issuer: config.jwtIssuer, audience: config.jwtAudience };
  if (config.jwksUri !== undefined) {
    const jwks = new Jwks(config.jwksUri, clock, throttledWarning(logger, 'keys of the issuer not fetched'));
    return { verifier: outsideTokenVerifier(jwks, names) };
  }
  const secret = config.jwtSecret ?? (await keepSecret(dataFile(config, 'jwt-secret')));
  const signIn = new SignIn({
    ...accounts,
    issuer: new JwtIssuer(secret, config.accessTokenSeconds, names),
    notifier,
    newId: uuidv7,
    refreshKey: createHmac('sha256', secret).update('refresh tokens').digest('base64url'),
  });
  return { verifier: ownTokenVerifier(secret, names), signIn };
}
