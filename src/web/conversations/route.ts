import { useSyncExternalStore } from 'react';

/** The address names the open conversation: a reload keeps it, and Back returns to the one before. */
export function useOpenConversation(): string | null {
  return useSyncExternalStore(onAddress, openConversation);
}

/** The message of the open conversation that the address names. */
export function useMessageInAddress(): string | null {
  return useSyncExternalStore(onAddress, () => parsed()[2] ?? null);
}

/** @param messageId to show this message instead of the end of the conversation */
export function addressOf(id: string | null, messageId: string | null = null): string {
  if (id === null) return '#/';
  return messageId === null ? `#/c/${id}` : `#/c/${id}/m/${messageId}`;
}

export function go(id: string | null): void {
  location.hash = addressOf(id);
}

function openConversation(): string | null {
  return parsed()[1] ?? null;
}

function parsed(): readonly (string | undefined)[] {
  return /^#\/c\/([\w-]+)(?:\/m\/([\w-]+))?$/.exec(location.hash) ?? [];
}

function onAddress(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
