import type { KeyObject } from 'node:crypto';
import type { GenerationRef } from '../generation/generation-log.js';
import type { AppError } from '../kernel/errors.js';
import type { Principal } from './principal.js';
import type { User } from './user.js';

/** Users, their sessions and tickets. Lifetimes are counted by the store's own clock. */
export interface AccountStore {
  /** Makes a local or a demo user and its first session, both or neither. */
  createUser(user: NewUser, session: NewSession): Promise<CreatedUser>;
  openSession(userId: string, session: NewSession): Promise<void>;
  findUser(id: string): Promise<User | undefined>;
  /** By email, whatever its case. */
  findPassword(email: string): Promise<StoredPassword | undefined>;
  /** Undefined for a user who signs in elsewhere, or never. */
  findPasswordOf(userId: string): Promise<StoredPassword | undefined>;
  /** Of a user who has one. */
  changePassword(userId: string, passwordHash: string): Promise<void>;
  /** Changes what is given. An email is only changed if the user has one. */
  changeProfile(userId: string, change: ProfileChange): Promise<ChangedProfile>;

  /** Whose refresh token this is, and whether it was used; undefined for one that is unknown or ended. */
  findRefreshToken(hash: Buffer): Promise<FoundRefreshToken | undefined>;
  /** Uses a refresh token up in favour of its successor, in one step: of a family one token is unused, always. */
  rotate(used: Buffer, successor: Buffer): Promise<Rotated>;
  /** Ends a session and whatever came of it. Idempotent. */
  revokeSession(id: string): Promise<void>;
  /** The user's sessions that last, newest first; `before` is the last one of the page before. */
  listSessions(userId: string, limit: number, before?: string): Promise<readonly Session[]>;
  /** False when the user has no such session that lasts. */
  endSession(userId: string, id: string): Promise<boolean>;
  /** Ends all sessions of the user but `kept`. */
  endOtherSessions(userId: string, kept?: string): Promise<void>;
  /** Those of `ids` that are revoked, expired or gone. */
  revokedAmong(ids: readonly string[]): Promise<string[]>;
  /** Those of the users with these ids who are deleted. */
  deletedAmong(userIds: readonly string[]): Promise<string[]>;
  /** Whether the user exists and the session, if any, is the user's and neither revoked nor expired. */
  isLive(userId: string, sessionId?: string): Promise<boolean>;

  findOutsideUser(issuer: string, subject: string): Promise<string | undefined>;
  /** Returns the id of the user with this issuer and subject, which is `id` if there was none. */
  provision(id: string, issuer: string, subject: string): Promise<string>;

  saveTicket(hash: Buffer, principal: Principal): Promise<void>;
  /** The principal of a ticket, once; undefined for one that is spent, expired, unknown or of a revoked session. */
  redeemTicket(hash: Buffer): Promise<Principal | undefined>;
}

/** What an operator may do with users. Every id is of a user that was found. */
export interface UserStore {
  /** Makes a local user, who has no session yet. */
  addUser(user: LocalUser): Promise<CreatedUser>;
  /** Oldest first, demo users too. */
  listUsers(): Promise<readonly UserEntry[]>;
  /** By email, whatever its case, or by id. */
  findUserId(emailOrId: string): Promise<string | undefined>;
  /** False for a user who signs in elsewhere, or never. */
  setPassword(id: string, passwordHash: string): Promise<boolean>;
  /** Ends all sessions of a user, and says how many there were. */
  revokeSessions(id: string): Promise<number>;
}

export interface DeletionStore {
  /**
   * Deletes a user's name, email and password, and revokes all sessions: from now on nobody can sign in. What is theirs is
   * erased later, in batches (`PostgresPurge`). False when there is no such user, or not any more.
   */
  deleteUser(id: string): Promise<boolean>;
  /** Takes conversations away from a deleted user, at least those in which an answer runs or waits: it is no more. */
  disownConversations(userId: string): Promise<Disowned>;
}

export interface LocalUser extends NewUser {
  readonly login: NonNullable<NewUser['login']>;
}

/** A user, and what there is of them. */
export interface UserEntry extends User {
  /** `outside` users are known to their issuer as `subject`. */
  readonly kind: 'local' | 'outside' | 'demo';
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly conversations: number;
  /** Sessions that are neither revoked nor expired. */
  readonly sessions: number;
}

/** Without email and password it is a demo user. */
export interface NewUser {
  readonly id: string;
  readonly name: string | null;
  readonly login?: { readonly email: string; readonly passwordHash: string };
}

export interface NewSession {
  readonly id: string;
  /** Of its first refresh token. */
  readonly refreshHash: Buffer;
  /** What the client calls itself. */
  readonly userAgent?: string | undefined;
}

export interface Session {
  readonly id: string;
  /** ISO 8601 UTC, as the next two. */
  readonly createdAt: string;
  /** When it was last refreshed, or began. */
  readonly lastUsedAt: string;
  /** When it ends unless it is refreshed. */
  readonly expiresAt: string;
  readonly userAgent: string | null;
}

export interface ProfileChange {
  readonly name?: string | null | undefined;
  readonly email?: string | undefined;
}

export type ChangedProfile = { kind: 'changed'; user: User } | { kind: 'email_taken' } | { kind: 'gone' };

export type CreatedUser = { kind: 'created'; user: User } | { kind: 'email_taken' };

export interface StoredPassword {
  readonly user: User;
  readonly hash: string;
}

export interface FoundRefreshToken {
  readonly userId: string;
  readonly used: boolean;
}

export type Rotated =
  | { kind: 'rotated'; user: User; sessionId: string }
  /** Used before, and not because a reply was lost: somebody has a copy. The session is revoked now. */
  | { kind: 'reused'; userId: string; sessionId: string }
  /** Unknown, expired, or of a session that has ended. */
  | { kind: 'refused' };

/** Few passwords are hashed at a time. Those who wait take turns by `source`: an address, an account, an operator. */
export interface PasswordHasher {
  /** @throws AppError `rate_limited` when too many wait. */
  hash(password: string, source: string): Promise<string>;
  /**
   * Against no hash it is false, after the same work: time does not tell whether an email is known.
   * @throws AppError `rate_limited` when too many wait.
   */
  verify(password: string, hash: string | undefined, source: string): Promise<boolean>;
}

export interface TokenIssuer {
  issue(userId: string, sessionId: string): Promise<AccessToken>;
}

export interface AccessToken {
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/**
 * What makes an access token good: the one place of truth for HTTP, where koa-jwt applies `rules`, `key` and
 * `claims` one by one, and for everything else, which calls `verify`.
 */
export interface TokenVerifier {
  readonly rules: TokenRules;
  /** Whether koa-jwt does not have the token's algorithm (EdDSA), so that only `verify` can check it. */
  needsVerify(token: string): boolean;
  /** The key for a token with this header. @throws AppError when there is none, or the header is not acceptable. */
  key(header: unknown): Promise<KeyObject>;
  /** What a token says whose signature is good. @throws AppError when it does not say enough. */
  claims(payload: unknown): Claims;
  /** What to tell the bearer of a token that was refused with `error`. Quotes nothing of the token. */
  refusal(error: unknown): AppError;
  /** @throws AppError `token_expired` or `unauthorized`. */
  verify(token: string): Promise<Claims>;
}

/** Pinned by the server: what a token says of itself decides nothing. */
export interface TokenRules {
  readonly algorithms: string[];
  readonly issuer?: string;
  readonly audience?: string;
}

/** Of a token whose signature, times, issuer and audience are good. */
export interface Claims {
  /** Signed with our own secret: the subject may be a user's id. */
  readonly own: boolean;
  /** Empty when the token does not say. */
  readonly issuer: string;
  readonly subject: string;
  /** The login session, in tokens that we issued ourselves. */
  readonly sessionId?: string;
  readonly expiresAt: Date;
}

export interface Disowned {
  /** How many answers the user's conversations had. */
  readonly answers: number;
  /** Those whose logs are to be erased at once. Others had ended long ago, or are erased with their conversation. */
  readonly logs: readonly GenerationRef[];
}
