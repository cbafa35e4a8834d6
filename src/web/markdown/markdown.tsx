import { memo, useDeferredValue, useMemo, useState } from 'react';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { type Block, BlockCutter } from './blocks.js';
import type { Citations } from './citation.js';
import { CopyBlock } from './copy-block.js';
import { elementsOf } from './elements.js';

export interface MarkdownProps {
  readonly text: string;
  /** Whether more text may come. */
  readonly growing: boolean;
  /** Absent: the text cites nothing. The same object as long as nothing changes. */
  readonly citations?: Citations | undefined;
}

/** Text of a model. Where it cannot be rendered it is shown as plain text, and the rest of the page stays as it is. */
export function Markdown({ text, growing, citations }: MarkdownProps) {
  return (
    // Tried again when the answer has ended: then it is parsed from its start.
    <ErrorBoundary resetKey={String(growing)} fallback={<PlainText text={text} />}>
      <Blocks text={text} growing={growing} citations={citations} />
    </ErrorBoundary>
  );
}

export function PlainText({ text }: { readonly text: string }) {
  return (
    <div className="prose">
      <div className="block" data-kind="plain" dir="auto">
        {text}
      </div>
    </div>
  );
}

/** While the text grows, only the blocks at its end are rendered again, and not before the page has time. */
function Blocks({ text, growing, citations }: MarkdownProps) {
  const [cutter] = useState(() => new BlockCutter());
  const shown = useDeferredValue(text);
  const mayGrow = growing || shown !== text;
  const blocks = useMemo(() => cutter.cut(shown, mayGrow), [cutter, shown, mayGrow]);
  return (
    <div className="prose">
      {blocks.map((block, index) => (
        // A block is known by its place: what is before it does not change.
        // oxlint-disable-next-line react/no-array-index-key
        <BlockView key={index} block={block} citations={citations} />
      ))}
    </div>
  );
}

/** These may be wider than the page. Who has no mouse must be able to scroll them. */
const WIDE: Readonly<Record<string, string>> = { table: 'Table', code: 'Code' };

interface BlockViewProps {
  readonly block: Block;
  readonly citations: Citations | undefined;
}

const BlockView = memo(function BlockView({ block: { kind, nodes }, citations }: BlockViewProps) {
  const label = WIDE[kind];
  const wide = label === undefined ? {} : { role: 'region', 'aria-label': label, tabIndex: 0 };
  const block = (
    <div className="block" data-kind={kind} {...(kind === 'plain' && { dir: 'auto' })} {...wide}>
      {elementsOf(nodes, citations)}
    </div>
  );
  if (kind !== 'code' && kind !== 'table') return block;
  return (
    <>
      {block}
      <CopyBlock kind={kind} />
    </>
  );
});
