import type { Platform, Session, SessionOptions, SessionStore, SessionUser, StoredSession } from './api.js';
import { ClientError, unauthorized } from './client-error.js';
import { memorySession } from './memory-stores.js';
import { platformOf } from './platform.js';
import { bodyOf, errorOf, request, TIMEOUT_MS } from './rest.js';

/** The response of register, login, demo and refresh. */
interface SignedIn {
  readonly user: SessionUser;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

type Registration = Parameters<Session['register']>[0];

/** A token is refreshed when this part of its lifetime is left, or this time in ms if that is less. */
const EARLY_PART = 0.2;
const MAX_EARLY_MS = 60_000;

/** A session with the gateway's own accounts, kept in a store. It asks the server for nothing by itself. */
export function createSession(options: SessionOptions): Session {
  return new StoredUserSession(options);
}

class StoredUserSession implements Session {
  readonly #url: string;
  readonly #platform: Platform;
  readonly #store: SessionStore;
  readonly #listeners = new Set<() => void>();
  #refreshing: Promise<StoredSession> | undefined;

  constructor({ url, store, platform }: SessionOptions) {
    this.#url = url.replace(/\/+$/, '');
    this.#platform = platformOf(platform);
    this.#store = store ?? memorySession();
  }

  async user(): Promise<SessionUser | null> {
    return (await this.#store.load())?.user ?? null;
  }

  // Only these fields: the server refuses others, which a form may have.
  register({ email, password, name }: Registration): Promise<SessionUser> {
    return this.#begin('register', { email, password, name });
  }

  signIn({ email, password }: Registration): Promise<SessionUser> {
    return this.#begin('login', { email, password });
  }

  demo(): Promise<SessionUser> {
    return this.#begin('demo', {});
  }

  async signOut(): Promise<void> {
    const session = await this.#store.load();
    await this.#save(null);
    if (!session) return;
    // Signed out here in any case: the server may not be reached, or may have ended the session already.
    await request(this.#platform, `${this.#url}/api/auth/logout`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${session.accessToken}` },
    }).catch(() => {});
  }

  async getToken(refused?: string): Promise<string> {
    const session = await this.#store.load();
    if (!session) throw unauthorized('nobody is signed in');
    if (session.accessToken !== refused && session.expiresAt > this.#platform.now())
      return session.accessToken;
    this.#refreshing ??= this.#store
      .exclusively(() => this.#refresh(session.accessToken))
      .finally(() => {
        this.#refreshing = undefined;
      });
    return (await this.#refreshing).accessToken;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #begin(route: string, body: object): Promise<SessionUser> {
    const session = await this.#ask(route, body);
    await this.#save(session);
    return session.user;
  }

  /** Does nothing when another tab has refreshed meanwhile, or has signed out. */
  async #refresh(oldToken: string): Promise<StoredSession> {
    const session = await this.#store.load();
    if (!session) throw unauthorized('nobody is signed in');
    if (session.accessToken !== oldToken) return session;
    try {
      const fresh = await this.#ask('refresh', { refreshToken: session.refreshToken });
      await this.#store.save(fresh);
      return fresh;
    } catch (error) {
      if (error instanceof ClientError && error.status === 401) await this.#save(null);
      throw error;
    }
  }

  async #ask(route: string, body: object): Promise<StoredSession> {
    const timeout = new AbortController();
    // Other tabs wait until this one is done.
    const cancel = this.#platform.setTimer(TIMEOUT_MS, () => timeout.abort());
    try {
      const response = await request(this.#platform, `${this.#url}/api/auth/${route}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        signal: timeout.signal,
      });
      if (!response.ok) throw await errorOf(response);
      return this.#sessionOf(await bodyOf<SignedIn>(response));
    } finally {
      cancel();
    }
  }

  #sessionOf({ user, accessToken, refreshToken, expiresIn }: SignedIn): StoredSession {
    const lifetime = expiresIn * 1000;
    const early = Math.min(MAX_EARLY_MS, lifetime * EARLY_PART);
    return { user, accessToken, refreshToken, expiresAt: this.#platform.now() + lifetime - early };
  }

  async #save(session: StoredSession | null): Promise<void> {
    await this.#store.save(session);
    for (const listener of this.#listeners) listener();
  }
}
