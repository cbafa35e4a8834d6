import { adviceOf, type ProxyFault, proxyIn } from '../../src/cli/doctor/proxies.js';

test.each([
  ['nginx', { server: 'nginx' }, 'proxy_buffering off'],
  ['nginx', { server: 'openresty/1.25.3' }, 'proxy_buffering off'],
  ['Apache', { server: 'Apache/2.4.57 (Debian)' }, 'flushpackets=on'],
  ['Caddy', { via: '1.1 Caddy' }, 'flush_interval -1'],
  ['Envoy', { 'x-envoy-upstream-service-time': '3' }, 'buffer filter'],
  ['Cloudflare', { 'cf-ray': '8f', server: 'cloudflare' }, 'Response Buffering'],
  ['AWS load balancer', { 'set-cookie': ['AWSALB=x; Path=/'] }, 'look at what stands behind it'],
])('%s is recognized by %j, and gets its own advice', (name, headers, advice) => {
  const proxy = proxyIn(headers);
  expect(proxy?.name).toBe(name);
  expect(adviceOf(proxy, 'buffering')).toContain(advice);
});

test('a proxy without a name gets general advice', () => {
  const proxy = proxyIn({ 'content-type': 'application/json' });
  expect(proxy).toBeUndefined();
  const troubles: ProxyFault[] = ['buffering', 'compression', 'upgrade', 'idle', 'sticky', 'body', 'host'];
  for (const fault of troubles) expect(adviceOf(proxy, fault)).toMatch(/in between|load balancer/);
});
