/** The ways in. Each rejects when it leads nowhere, with a message for the person. */
export type Ways = AccountWays | TokenWay;

/** The gateway has accounts of its own. */
export interface AccountWays {
  readonly kind: 'accounts';
  readonly signIn: (who: Credentials) => Promise<unknown>;
  readonly register: (who: Credentials & { readonly name?: string }) => Promise<unknown>;
  /** Absent where the gateway offers none. */
  readonly demo?: () => Promise<unknown>;
}

/** Accounts are another service's. */
export interface TokenWay {
  readonly kind: 'token';
  readonly enter: (token: string) => Promise<unknown>;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}
