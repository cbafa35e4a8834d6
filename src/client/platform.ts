import type { Platform, WebSocketConstructor } from './api.js';

/** The part of a browser that is used here. */
interface BrowserLike {
  readonly WebSocket?: WebSocketConstructor;
  readonly addEventListener?: (type: string, listener: () => void) => void;
  readonly removeEventListener?: (type: string, listener: () => void) => void;
  readonly document?: {
    readonly visibilityState: string;
    addEventListener(type: string, listener: () => void): void;
    removeEventListener(type: string, listener: () => void): void;
  };
}

const here = globalThis as unknown as BrowserLike;

/** What the platform offers, unless something else is given. */
export function platformOf(given: Partial<Platform> = {}): Platform {
  return {
    // A browser's fetch wants to be called on its window.
    fetch: (input, init) => globalThis.fetch(input, init),
    webSocket,
    onWake,
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

async function webSocket(): Promise<WebSocketConstructor> {
  if (here.WebSocket) return here.WebSocket;
  const ws = await import('ws');
  return ws.WebSocket;
}

function onWake(wake: () => void): () => void {
  const { document } = here;
  const look = (): void => {
    if (document?.visibilityState === 'visible') wake();
  };
  here.addEventListener?.('online', wake);
  document?.addEventListener('visibilitychange', look);
  return () => {
    here.removeEventListener?.('online', wake);
    document?.removeEventListener('visibilitychange', look);
  };
}

/** Pages that came over plain HTTP have no `randomUUID`. */
function newId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, index) => {
    if (index === 6) return `4${(byte & 15).toString(16)}`;
    return (index === 8 ? (byte & 63) | 128 : byte).toString(16).padStart(2, '0');
  }).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
