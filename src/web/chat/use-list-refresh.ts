import { useEffect } from 'react';
import type { ViewMessage } from '../../client/api.js';

/** Loads the list of conversations again when this one has a new message: it moves to the top, and may have got a title. */
export function useListRefresh(reload: () => Promise<void>, messages: readonly ViewMessage[]): void {
  const newest = messages.findLast(({ status }) => status !== 'sending' && status !== 'refused')?.id;
  useEffect(() => {
    if (newest !== undefined) void reload();
  }, [newest, reload]);
}
