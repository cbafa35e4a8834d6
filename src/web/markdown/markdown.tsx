import { memo, useDeferredValue, useMemo, useState } from 'react';
import { BlockCutter } from './blocks.js';
import { withBoldClosed } from './bold-closed.js';
import { sanitised } from './sanitised.js';

export interface MarkdownProps {
  readonly text: string;
  /** Whether more text may come. */
  readonly growing: boolean;
}

/** Text of a model. While it grows, only the blocks at its end are rendered again, and not before the page has time. */
export function Markdown({ text, growing }: MarkdownProps) {
  const [cutter] = useState(() => new BlockCutter());
  const shown = useDeferredValue(text);
  const whole = !growing && shown === text;
  const blocks = useMemo(
    () => cutter.cut(whole ? shown : withBoldClosed(shown), whole),
    [cutter, shown, whole],
  );
  return (
    <div className="prose">
      {blocks.map(({ kind, html }, index) => (
        // A block is known by its place: what is before it does not change.
        // oxlint-disable-next-line react/no-array-index-key
        <HtmlBlock key={index} kind={kind} html={html} />
      ))}
    </div>
  );
}

interface HtmlBlockProps {
  readonly kind: string;
  readonly html: string;
}

/** These may be wider than the page; who has no mouse must be able to scroll them. */
const WIDE: Readonly<Record<string, string>> = { table: 'Table', code: 'Code' };

const HtmlBlock = memo(function HtmlBlock({ kind, html }: HtmlBlockProps) {
  const label = WIDE[kind];
  const wide = label === undefined ? {} : { role: 'region', 'aria-label': label, tabIndex: 0 };
  return (
    <div className="block" data-kind={kind} {...wide} dangerouslySetInnerHTML={{ __html: sanitised(html) }} />
  );
});
