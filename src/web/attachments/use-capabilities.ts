import { useEffect, useState } from 'react';
import type { Capabilities, Client } from '../../client/index.js';

/**
 * What can be sent now; `null` until the server has said it. It is asked again when the network is back and when the page is
 * looked at again: the model server may have been down.
 */
export function useCapabilities(client: Client): Capabilities | null {
  const [known, setKnown] = useState<Capabilities | null>(null);
  useEffect(() => {
    let isOver = false;
    const load = async () => {
      try {
        const capabilities = await client.capabilities();
        if (!isOver) setKnown(capabilities);
      } catch {
        // The server cannot be reached. Nothing is offered until it is; the connection says so already.
      }
    };
    const ask = () => void load();
    ask();
    const onVisible = () => document.visibilityState === 'visible' && ask();
    window.addEventListener('online', ask);
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      isOver = true;
      window.removeEventListener('online', ask);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [client]);
  return known;
}
