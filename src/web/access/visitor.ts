import type { Client } from '../../client/api.js';
import type { Ways } from './ways.js';

/** Who is signed in, with what they may use. */
export interface Visitor {
  readonly name: string;
  readonly client: Client;
  /** Ends it here and in every other tab, and leaves nothing of theirs behind. */
  signOut(): Promise<void>;
}

/** Who is there, and how one gets in. */
export interface Access {
  readonly ways: Ways;
  /** `undefined` until it is known, `null` for nobody. The same object until it changes. */
  readonly visitor: Visitor | null | undefined;
  readonly subscribe: (listener: () => void) => () => void;
}
