import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of this origin may open a socket: browsers ask no server before they do, unlike for HTTP (CORS).
 * No `Origin` means no browser; a page that came from this very host may always. Where it is known what the gateway is called,
 * `Host` was held against that before (own-hosts.ts), so a page cannot call itself our own.
 */
export function mayConnect({ origin, host }: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  if (origin === undefined) return true;
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}
