import type { Tabs } from '../../api.js';

interface LockOptions {
  readonly signal?: AbortSignal;
  readonly steal?: boolean;
}

interface Channel {
  postMessage(message: object): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

interface BrowserLike {
  readonly navigator: {
    readonly locks: { request(name: string, options: LockOptions, work: () => Promise<void>): Promise<void> };
  };
  readonly BroadcastChannel: new (name: string) => Channel;
}

/** The tabs of this browser, where it has locks (not in pages over plain HTTP). */
export function browserTabs(name: string): Tabs {
  const { navigator, BroadcastChannel } = globalThis as unknown as BrowserLike;
  const channel = new BroadcastChannel(name);
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have one
    post: (message) => channel.postMessage(message),
    listen: (listener) => channel.addEventListener('message', ({ data }) => listener(data)),
    async lead(signal, steal, work) {
      // A browser takes either a signal or `steal`.
      const options = steal ? { steal } : { signal };
      // It rejects when the lock was stolen, or given up before it was had.
      await navigator.locks.request(name, options, work).catch(() => {});
    },
  };
}
