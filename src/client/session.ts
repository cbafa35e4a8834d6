import type { Platform, Session, SessionOptions, SessionStore, SessionUser, StoredSession } from './api.js';
import { ClientError, unauthorized } from './client-error.js';
import { memorySession } from './memory-stores.js';
import { platformOf } from './platform.js';
import { bodyOf, errorOf, request, TIMEOUT_MS } from './rest.js';

/** What register, login, demo and refresh answer. */
interface SignedIn {
  readonly user: SessionUser;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds. */
  readonly expiresIn: number;
}

type Registration = Parameters<Session['register']>[0];

/** A token is replaced when less of its life is left than this share, or than this time in ms if that is less. */
const SHARE = 0.2;
const EARLY_MS = 60_000;

/** A session with the gateway's own accounts, kept in a store. Nothing happens before it is asked for. */
export function createSession(options: SessionOptions): Session {
  return new KeptSession(options);
}

class KeptSession implements Session {
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

  // Only the fields that are meant: a form's others would be refused.
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
    // Over here in any case; the server may have ended it long ago.
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

  /** Unless another tab has done so meanwhile, or has signed out. */
  async #refresh(worn: string): Promise<StoredSession> {
    const session = await this.#store.load();
    if (!session) throw unauthorized('nobody is signed in');
    if (session.accessToken !== worn) return session;
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
    const patience = new AbortController();
    // Other tabs wait for their turn.
    const cancel = this.#platform.setTimer(TIMEOUT_MS, () => patience.abort());
    try {
      const response = await request(this.#platform, `${this.#url}/api/auth/${route}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        signal: patience.signal,
      });
      if (!response.ok) throw await errorOf(response);
      return this.#sessionOf(await bodyOf<SignedIn>(response));
    } finally {
      cancel();
    }
  }

  #sessionOf({ user, accessToken, refreshToken, expiresIn }: SignedIn): StoredSession {
    const life = expiresIn * 1000;
    const early = Math.min(EARLY_MS, life * SHARE);
    return { user, accessToken, refreshToken, expiresAt: this.#platform.now() + life - early };
  }

  async #save(session: StoredSession | null): Promise<void> {
    await this.#store.save(session);
    for (const listener of this.#listeners) listener();
  }
}
