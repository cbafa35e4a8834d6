import { useState } from 'react';
import { useAnnounce } from '../ui/announcer.js';
import { Icon } from '../ui/icon.js';
import { useAsyncAction } from '../ui/use-async-action.js';

/** Copies the code or the table before it. A table is copied as cells, as spreadsheets and word processors take it. */
export function CopyBlock({ kind }: { readonly kind: 'code' | 'table' }) {
  const [copied, setCopied] = useState(false);
  const announce = useAnnounce();
  const copy = useAsyncAction(async (block: Element | null) => {
    const table = block?.querySelector('table');
    await (table
      ? copyTable(table)
      : navigator.clipboard.writeText((block?.querySelector('pre')?.textContent ?? '').replace(/\n$/, '')));
    setCopied(true);
    announce('Copied');
  });
  // Browsers give the clipboard only to pages that came over HTTPS or from this machine.
  if (!isSecureContext) return null;
  return (
    <button
      type="button"
      className="action copy-block"
      onClick={(event) => void copy.run(event.currentTarget.previousElementSibling)}
      onBlur={() => setCopied(false)}
    >
      <Icon name={copied ? 'check' : 'copy'} /> {copy.error ?? (copied ? 'Copied' : `Copy ${kind}`)}
    </button>
  );
}

function copyTable(table: HTMLTableElement): Promise<void> {
  const lines = [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText).join('\t'));
  return navigator.clipboard.write([
    new ClipboardItem({
      'text/plain': new Blob([lines.join('\n')], { type: 'text/plain' }),
      'text/html': new Blob([table.outerHTML], { type: 'text/html' }),
    }),
  ]);
}
