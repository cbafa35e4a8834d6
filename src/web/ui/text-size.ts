import { storageOf } from '../storage.js';

/** Of what the browser's own size makes of it. All sizes of the page are in `rem`, so all of it grows. */
export const TEXT_SIZES = ['normal', 'large', 'larger', 'largest'] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

const KEY = 'veda.textSize';

export function currentTextSize(): TextSize {
  const chosen = storageOf('localStorage').getItem(KEY);
  return TEXT_SIZES.find((size) => size === chosen) ?? 'normal';
}

/** Applies the size that was chosen in this browser. */
export function applyTextSize(): void {
  document.documentElement.dataset['textSize'] = currentTextSize();
}

export function chooseTextSize(size: TextSize): void {
  storageOf('localStorage').setItem(KEY, size);
  applyTextSize();
}
