/** What a gateway is called, without ports. */
export type OwnHosts = ReadonlySet<string>;

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Whether an address to listen on can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return /^(127\.|::1$|localhost$)/.test(host);
}

/**
 * The names that requests may have in `Host`. A web page can make its own name point to 127.0.0.1 (DNS rebinding), and then a
 * browser lets it read whatever the gateway there answers; but `Host` is the page's name, and cannot be set by it.
 *
 * Undefined where any name is right: on an address that others reach, without `PUBLIC_URL`, a proxy may have set anything.
 */
export function ownHostsOf(host: string, publicUrl: string | undefined): OwnHosts | undefined {
  if (publicUrl === undefined && !isLoopback(host)) return undefined;
  const listened = host.includes(':') ? `[${host}]` : host;
  return new Set([...LOOPBACK, listened.toLowerCase(), ...(publicUrl ? [new URL(publicUrl).hostname] : [])]);
}

/** Whether a request's `Host` names this gateway. One without it comes from no browser. */
export function namesUs(header: string | undefined, hosts: OwnHosts | undefined): boolean {
  if (hosts === undefined || header === undefined || header === '') return true;
  const url = `http://${header}`;
  return URL.canParse(url) && hosts.has(new URL(url).hostname.replace(/\.$/, ''));
}
