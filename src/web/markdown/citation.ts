import { createElement, type MouseEvent, type ReactElement } from 'react';
import { sourceAnchor } from './source-anchor.js';

/** Which sources an answer has: its text may cite 1 to `count`. */
export interface Citations {
  readonly messageId: string;
  readonly count: number;
  /** Shows the source at this place of the page. */
  readonly show: (anchor: string) => void;
}

/** `[1]`; the number is captured. */
export const CITATION = /\[(\d{1,3})\]/;

/** A link to the source below the answer. The hash of the address names the conversation, so the browser must not follow it. */
export function citation({ messageId, show }: Citations, number: number): ReactElement {
  const anchor = sourceAnchor(messageId, number);
  const onClick = (event: MouseEvent): void => {
    event.preventDefault();
    show(anchor);
  };
  const props = { className: 'citation', href: `#${anchor}`, 'aria-label': `Source ${number}`, onClick };
  return createElement('a', props, `[${number}]`);
}
