import type { Finding } from './finding.js';
import type { Gateway } from './gateway.js';

/** Checks one thing. An expected fault is a finding; an error that is thrown means that the check could not run. */
export interface Check<C> {
  readonly about: string;
  run(context: C): Promise<readonly Finding[]>;
}

/** What checks without a user need. */
export interface Context {
  readonly gateway: Gateway;
  /** `--origin`: of a page that is to call the gateway. */
  readonly origin?: string | undefined;
  /** How long idle connections are held open, in ms. */
  readonly idleMs: number;
}

/** What checks as a user need. The conversations are made for the checks. */
export interface UserContext extends Context {
  readonly token: string;
  /** The check `answer` sends a message in it. */
  readonly activeConversationId: string;
  /** Nothing happens in it. */
  readonly idleConversationId: string;
}
