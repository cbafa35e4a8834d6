/** A person as the account routes show them. Outside and demo users have no email. */
export interface User {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
}

/** What a person brings to register. The email is in lower case already. */
export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly name?: string | undefined;
}

export interface EmailAndPassword {
  readonly email: string;
  readonly password: string;
}

/** What every way of signing in answers with (docs/protocol.md, "REST"). */
export interface SignedIn {
  readonly user: User;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
}
