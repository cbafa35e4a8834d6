import { useId } from 'react';
import type { Source } from '../../client/index.js';
import { sourceAnchor } from '../markdown/source-anchor.js';

export interface SourceListProps {
  readonly messageId: string;
  readonly sources: readonly Source[];
}

/** Opens the source at this place, and has a screen reader say it. */
export function showSource(anchor: string): void {
  const source = document.getElementById(anchor);
  source?.querySelector('details')?.setAttribute('open', '');
  source?.focus();
}

/** The passages that an answer rests on, numbered as the text cites them; or that there are none. */
export function SourceList({ messageId, sources }: SourceListProps) {
  const headingId = useId();
  if (sources.length === 0) {
    return <p className="no-sources">No document of this service supports this answer.</p>;
  }
  return (
    <section className="sources" aria-labelledby={headingId}>
      <h3 id={headingId}>Sources</h3>
      <ol>
        {sources.map(({ id, title, url, snippet }, index) => (
          <li key={id} id={sourceAnchor(messageId, index + 1)} tabIndex={-1}>
            <details>
              <summary dir="auto">{title}</summary>
              <blockquote dir="auto">{snippet}</blockquote>
            </details>
            {url !== undefined && (
              <a href={url} target="_blank" rel="noopener noreferrer" dir="auto">
                {new URL(url).hostname}
              </a>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
