import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of this origin may open a socket: browsers ask no server before they do, unlike for HTTP (CORS).
 * No `Origin` means no browser; a page of this host may always. If the gateway's names are known, own-hosts.ts has checked
 * `Host` before, so a page cannot claim our origin.
 */
export function mayConnect({ origin, host }: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  if (origin === undefined) return true;
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}
