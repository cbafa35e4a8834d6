import { useMemo, useState } from 'react';
import type { Client } from '../../client/api.js';
import { FileDraft } from '../attachments/file-draft.js';

/**
 * Text and files that were chosen and not sent, by conversation. Kept in memory alone, since they may be about somebody's
 * health.
 */
export interface Drafts {
  of(id: string | null): string;
  keep(id: string | null, text: string): void;
  filesOf(id: string | null): FileDraft;
}

export function useDrafts(client: Client): Drafts {
  const [drafts, setDrafts] = useState<Readonly<Record<string, string>>>({});
  const files = useMemo(() => new Map<string | null, FileDraft>(), [client]);
  return useMemo(
    () => ({
      of: (id) => drafts[id ?? ''] ?? '',
      keep: (id, text) => setDrafts((before) => ({ ...before, [id ?? '']: text })),
      filesOf(id) {
        const draft = files.get(id) ?? new FileDraft(client);
        files.set(id, draft);
        return draft;
      },
    }),
    [drafts, files, client],
  );
}
