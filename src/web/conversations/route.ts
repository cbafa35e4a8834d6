import { useSyncExternalStore } from 'react';

/** The address names the open conversation: a reload keeps it, and Back returns to the one before. */
export function useOpenConversation(): string | null {
  return useSyncExternalStore(onAddress, openConversation);
}

export function addressOf(id: string | null): string {
  return id === null ? '#/' : `#/c/${id}`;
}

export function go(id: string | null): void {
  location.hash = addressOf(id);
}

function openConversation(): string | null {
  return /^#\/c\/([\w-]+)$/.exec(location.hash)?.[1] ?? null;
}

function onAddress(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
