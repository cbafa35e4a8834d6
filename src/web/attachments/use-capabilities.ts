import { useEffect, useState } from 'react';
import type { Capabilities, Client } from '../../client/index.js';

/** What can be sent now; `null` until the server has said it. Is asked again when the network is back. */
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
    window.addEventListener('online', ask);
    return () => {
      isOver = true;
      window.removeEventListener('online', ask);
    };
  }, [client]);
  return known;
}
