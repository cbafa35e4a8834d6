import type { IncomingMessage } from 'node:http';
import { clientAddress } from '../../src/transports/client-address.js';

function address(remoteAddress: string | undefined, forwarded: string, trusted: string[]): string {
  const request = { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } };
  return clientAddress(trusted)(request as unknown as IncomingMessage);
}

test.each([
  ['nobody is trusted', '10.0.0.1', '1.2.3.4', [], '10.0.0.1'],
  ['the connection is from nobody who is trusted', '192.0.2.9', '1.2.3.4', ['10.0.0.0/8'], '192.0.2.9'],
  ['the proxy is trusted', '10.0.0.1', '1.2.3.4', ['10.0.0.0/8'], '1.2.3.4'],
  ['what the client made up is in front', '10.0.0.1', '6.6.6.6, 1.2.3.4', ['10.0.0.0/8'], '1.2.3.4'],
  ['there are two proxies', '10.0.0.1', '1.2.3.4, 10.0.0.2', ['10.0.0.0/8'], '1.2.3.4'],
  ['the proxy writes the port', '10.0.0.1', '1.2.3.4:5678', ['10.0.0.1'], '1.2.3.4'],
  ['an IPv4 address is written as IPv6', '::ffff:10.0.0.1', '', ['10.0.0.1'], '10.0.0.1'],
  ['a mapped proxy is trusted', '::ffff:127.0.0.1', '1.2.3.4', ['loopback'], '1.2.3.4'],
  ['it is IPv6: its network counts', '2001:db8:1:2:3:4:5:6', '', [], '2001:db8:1:2::/64'],
  ['IPv6 in brackets', '::1', '[2001:db8::7]:443', ['loopback'], '2001:db8:0:0::/64'],
  ['it is no address', '10.0.0.1', 'x'.repeat(10_000), ['10.0.0.1'], 'unknown'],
  ['the connection has gone', undefined, '', [], 'unknown'],
])('when %s', (_, remote, forwarded, trusted, expected) => {
  expect(address(remote, forwarded, trusted)).toBe(expected);
});
