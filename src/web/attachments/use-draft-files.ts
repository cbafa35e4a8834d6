import { useSyncExternalStore } from 'react';
import type { DraftFile, FileDraft } from './file-draft.js';

export interface DraftFiles {
  readonly files: readonly DraftFile[];
  /** Whether each can go with a message. One whose upload failed for now can: the outbox tries again. */
  readonly canBeSent: boolean;
}

export function useDraftFiles(draft: FileDraft): DraftFiles {
  const files = useSyncExternalStore(draft.subscribe, draft.files);
  const canBeSent = files.every(({ state }) => state !== 'refused' && state !== 'preparing');
  return { files, canBeSent };
}
