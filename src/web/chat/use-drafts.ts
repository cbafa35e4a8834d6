import { useMemo, useState } from 'react';

/** Text that was typed and not sent, by conversation. Kept in memory alone, since it may be about somebody's health. */
export interface Drafts {
  of(id: string | null): string;
  keep(id: string | null, text: string): void;
}

export function useDrafts(): Drafts {
  const [drafts, setDrafts] = useState<Readonly<Record<string, string>>>({});
  return useMemo(
    () => ({
      of: (id) => drafts[id ?? ''] ?? '',
      keep: (id, text) => setDrafts((before) => ({ ...before, [id ?? '']: text })),
    }),
    [drafts],
  );
}
