import type { Client } from '../../client/api.js';
import type { SignInMethods } from './sign-in-methods.js';

/** The person who is signed in, and the client that acts for them. */
export interface CurrentUser {
  readonly name: string;
  readonly client: Client;
  /** Signs out in every tab, and erases what this device keeps for the user. */
  signOut(): Promise<void>;
}

/** Who is signed in, and how one signs in. */
export interface Authentication {
  readonly methods: SignInMethods;
  /** `undefined` until it is known, `null` when nobody is signed in. The same object until it changes. */
  readonly user: CurrentUser | null | undefined;
  readonly subscribe: (listener: () => void) => () => void;
}
