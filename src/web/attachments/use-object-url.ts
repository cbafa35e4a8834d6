import { useEffect, useState } from 'react';

/** Something may still be loading from an address that is no longer used: without it, it would fail. In ms. */
const KEPT_MS = 30_000;

/** An address for an image or a player to show a file by. It ends some time after the component. */
export function useObjectUrl(blob: Blob | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => void setTimeout(() => URL.revokeObjectURL(made), KEPT_MS);
  }, [blob]);
  return url;
}
