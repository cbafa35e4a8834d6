import { useEffect, useState } from 'react';

/** Whether `ms` have passed since a time in ms since 1970. */
export function useHasPassed(since: number, ms: number): boolean {
  const [now, setNow] = useState(Date.now);
  const left = since + ms - now;
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setNow(Date.now()), left);
    return () => clearTimeout(timer);
  }, [left]);
  return left <= 0;
}
