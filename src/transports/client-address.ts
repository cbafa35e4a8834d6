import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** From which address a request comes, as limits count it. */
export type ClientAddress = (request: IncomingMessage) => string;

/** Bits of an IPv6 address that one customer of a provider has at least: within them a device has as many as it likes. */
const IPV6_PREFIX_PARTS = 4;

/**
 * Takes the address from `X-Forwarded-For` as far as the `trusted` proxies have written it (`TRUST_PROXY`: addresses and
 * ranges), otherwise from the connection. Example with `10.0.0.0/8`: of `1.2.3.4, 5.6.7.8` sent by 10.0.0.1, it is
 * 5.6.7.8; 1.2.3.4 may be made up.
 */
export function clientAddress(trusted: readonly string[]): ClientAddress {
  const trust = proxyAddr.compile([...trusted]);
  return (request) => grouped(proxyAddr(request, trust));
}

/** An IPv4 address, also one written as IPv6; of an IPv6 address its network. */
function grouped(address: string | undefined): string {
  // Some proxies write the port as well: each connection would be a client of its own.
  const bare = address?.replace(/^\[(.+)\](:\d+)?$|^([\d.]+):\d+$/, '$1$3');
  // A connection that has gone has no address.
  if (bare === undefined || !ipaddr.isValid(bare)) return 'unknown';
  const parsed = ipaddr.process(bare);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const { parts } = parsed as ipaddr.IPv6;
  return `${parts
    .slice(0, IPV6_PREFIX_PARTS)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
