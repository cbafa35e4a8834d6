import { storageOf } from '../storage.js';

/** `auto`: sends with a keyboard, and begins a new line on a touch screen, whose keyboard has no Shift+Enter. */
export const ENTER_KEYS = ['auto', 'send', 'newline'] as const;
export type EnterKey = (typeof ENTER_KEYS)[number];

const KEY = 'veda.enter';

export function currentEnterKey(): EnterKey {
  const chosen = storageOf('localStorage').getItem(KEY);
  return ENTER_KEYS.find((key) => key === chosen) ?? 'auto';
}

export function chooseEnterKey(key: EnterKey): void {
  storageOf('localStorage').setItem(KEY, key);
}

/** Whether Enter alone sends; otherwise Ctrl+Enter and Cmd+Enter do. */
export function enterSends(isTouch: boolean): boolean {
  const key = currentEnterKey();
  return key === 'auto' ? !isTouch : key === 'send';
}
