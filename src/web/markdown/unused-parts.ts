/**
 * In place of two packages that `markdown-it` imports and this page does not use (scripts/bundles.mjs): addresses are found
 * by links.ts, and made ASCII by the browser. Saves 9 kB of the first load.
 */
export function LinkifyIt(): void {}

export default {};
