import type { Platform, Tabs, WebSocketConstructor } from './api.js';

/** The parts of a browser that the library uses, so that it needs no DOM types. */
interface BrowserLike {
  readonly location?: { readonly origin: string };
  readonly WebSocket?: WebSocketConstructor;
  readonly addEventListener?: (type: string, listener: () => void) => void;
  readonly removeEventListener?: (type: string, listener: () => void) => void;
  readonly BroadcastChannel?: unknown;
  readonly navigator?: { readonly locks?: unknown };
  readonly document?: {
    readonly visibilityState: string;
    addEventListener(type: string, listener: () => void): void;
    removeEventListener(type: string, listener: () => void): void;
  };
}

const scope = globalThis as unknown as BrowserLike;

/** The platform that the code runs on, with `given` in place of its own parts. */
export function platformOf(given: Partial<Platform> = {}): Platform {
  return {
    // A browser's fetch throws unless it is called on its window.
    fetch: (input, init) => globalThis.fetch(input, init),
    webSocket,
    onWake,
    onHide,
    isHidden,
    tabs,
    pageOrigin: () => scope.location?.origin,
    now: Date.now,
    random: Math.random,
    newId,
    setTimer(ms, fire) {
      const timer = setTimeout(fire, ms);
      return () => clearTimeout(timer);
    },
    ...given,
  };
}

/** Node has both by now, and no tabs. */
const tabs =
  scope.document && scope.navigator?.locks && scope.BroadcastChannel
    ? async (name: string): Promise<Tabs> =>
        (await import('./transports/shared/browser-tabs.js')).browserTabs(name)
    : undefined;

async function webSocket(): Promise<WebSocketConstructor> {
  if (scope.WebSocket) return scope.WebSocket;
  const ws = await import('ws');
  return ws.WebSocket;
}

function onWake(wake: () => void): () => void {
  const { document } = scope;
  const onChange = (): void => {
    if (!isHidden()) wake();
  };
  scope.addEventListener?.('online', wake);
  document?.addEventListener('visibilitychange', onChange);
  return () => {
    scope.removeEventListener?.('online', wake);
    document?.removeEventListener('visibilitychange', onChange);
  };
}

function onHide(hide: () => void): () => void {
  const { document } = scope;
  const onChange = (): void => {
    if (isHidden()) hide();
  };
  document?.addEventListener('visibilitychange', onChange);
  return () => document?.removeEventListener('visibilitychange', onChange);
}

function isHidden(): boolean {
  return scope.document?.visibilityState === 'hidden';
}

/** `randomUUID` is missing in pages that were loaded over plain HTTP. */
function newId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, index) => {
    if (index === 6) return `4${(byte & 15).toString(16)}`;
    return (index === 8 ? (byte & 63) | 128 : byte).toString(16).padStart(2, '0');
  }).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
