import type { Finding } from './finding.js';
import type { Gateway } from './gateway.js';

/** Looks at one thing. Expected troubles are findings; what is thrown is a check that could not be done. */
export interface Check<C> {
  readonly about: string;
  run(context: C): Promise<readonly Finding[]>;
}

/** What can be looked at by anybody. */
export interface Context {
  readonly gateway: Gateway;
  /** Of a page that is to call the gateway, if one was named. */
  readonly origin?: string | undefined;
  /** How long connections are held open without a word, in ms. */
  readonly idleMs: number;
}

/** What can be looked at as a user, in conversations made for it. */
export interface UserContext extends Context {
  readonly token: string;
  /** In this one a message is sent. */
  readonly talkingId: string;
  /** In this one nothing ever happens. */
  readonly silentId: string;
}
