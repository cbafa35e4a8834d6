/** How a person can sign in. Each method rejects with an error when the server refuses. */
export type SignInMethods = AccountMethods | TokenMethod;

/** The gateway has accounts of its own. */
export interface AccountMethods {
  readonly kind: 'accounts';
  readonly signIn: (who: Credentials) => Promise<unknown>;
  /** Absent where registration is closed. */
  readonly register?: ((who: Credentials & { readonly name?: string }) => Promise<unknown>) | undefined;
  /** Absent where the gateway has no demo users. */
  readonly demo?: () => Promise<unknown>;
}

/** Another service keeps the accounts and gives out tokens. */
export interface TokenMethod {
  readonly kind: 'token';
  readonly signIn: (token: string) => Promise<unknown>;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}
