import { useEffect, useState } from 'react';

/** Counts down to `to`, in ms since 1970. Hidden from screen readers, which would read each second. */
export function Countdown({ to }: { readonly to: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((to - now) / 1000));
  return <span aria-hidden="true">{seconds === 0 ? ', trying now' : `, next try in ${seconds} s`}</span>;
}
