import type { IncomingHttpHeaders } from 'node:http';

/** A fault that a proxy can cause. */
export type ProxyFault = 'buffering' | 'compression' | 'upgrade' | 'idle' | 'sticky' | 'body' | 'host';

/** A kind of proxy, and what to change in it for each fault. */
export interface Proxy {
  readonly name: string;
  recognizes(headers: IncomingHttpHeaders): boolean;
  readonly advice: Readonly<Record<ProxyFault, string>>;
}

const NO_POLLING =
  'or let clients use Socket.IO over WebSocket alone, raw WebSockets or SSE, which need no stickiness';

const NGINX: Proxy = {
  name: 'nginx',
  recognizes: (headers) => /nginx|openresty/i.test(serverIn(headers)),
  advice: {
    buffering:
      'nginx: set "proxy_buffering off;" in the location, and remove "proxy_ignore_headers X-Accel-Buffering" and "gzip" for text/event-stream',
    compression: 'nginx: take text/event-stream out of "gzip_types", or set "gzip off;" in the location',
    upgrade:
      'nginx: set "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;" for /ws/ and /socket.io/',
    idle: 'nginx: set "proxy_read_timeout 60s;" in the location',
    sticky: `nginx: set "ip_hash;" or "hash $remote_addr consistent;" in the upstream, ${NO_POLLING}`,
    body: 'nginx: set "client_max_body_size 11m;"',
    host: 'nginx: set "proxy_set_header Host $http_host;"',
  },
};

const APACHE: Proxy = {
  name: 'Apache',
  recognizes: (headers) => /^apache/i.test(serverIn(headers)),
  advice: {
    buffering:
      'Apache: add "flushpackets=on" to ProxyPass, and keep mod_deflate and mod_buffer from event streams',
    compression: 'Apache: take text/event-stream out of AddOutputFilterByType DEFLATE',
    upgrade: 'Apache: add "upgrade=websocket" to ProxyPass (2.4.47 or later, mod_proxy_http)',
    idle: 'Apache: set "ProxyTimeout 60"',
    sticky: `Apache: set "ProxySet stickysession=ROUTEID" with a route cookie, ${NO_POLLING}`,
    body: 'Apache: raise LimitRequestBody',
    host: 'Apache: set "ProxyPreserveHost On"',
  },
};

const CADDY: Proxy = {
  name: 'Caddy',
  recognizes: (headers) => /caddy/i.test(`${serverIn(headers)} ${headers.via ?? ''}`),
  advice: {
    buffering: 'Caddy: set "flush_interval -1" in reverse_proxy, and no "response_buffers"',
    compression: 'Caddy: keep "encode" from text/event-stream with a "match"',
    upgrade: 'Caddy passes upgrades on by itself: look at "header_up" and at what stands before it',
    idle: 'Caddy: raise "stream_timeout" and the transport\'s "read_timeout"',
    sticky: `Caddy: set "lb_policy cookie", ${NO_POLLING}`,
    body: 'Caddy: raise "request_body { max_size }"',
    host: 'Caddy passes Host on by itself: remove "header_up Host"',
  },
};

const ENVOY: Proxy = {
  name: 'Envoy',
  recognizes: (headers) => serverIn(headers) === 'envoy' || 'x-envoy-upstream-service-time' in headers,
  advice: {
    buffering: 'Envoy: remove the buffer filter from these routes',
    compression: "Envoy: take text/event-stream out of the compressor filter's content_type",
    upgrade: 'Envoy: add "upgrade_configs: [{upgrade_type: websocket}]"',
    idle: 'Envoy: set "stream_idle_timeout" above 15 s and the routes\' "timeout: 0s"',
    sticky: `Envoy: set "lb_policy: RING_HASH" with a hash_policy on a cookie or the address, ${NO_POLLING}`,
    body: 'Envoy: raise the buffer filter\'s "max_request_bytes"',
    host: 'Envoy: remove "host_rewrite_literal" and "auto_host_rewrite" from the routes',
  },
};

const CLOUDFLARE: Proxy = {
  name: 'Cloudflare',
  recognizes: (headers) => 'cf-ray' in headers,
  advice: {
    buffering: 'Cloudflare: turn off Response Buffering, and transformations, for these paths',
    compression: 'Cloudflare: turn off compression for text/event-stream with a Compression Rule',
    upgrade: 'Cloudflare: turn on Network > WebSockets',
    idle: 'Cloudflare waits 100 s by itself: look at what stands behind it',
    sticky: `Cloudflare: turn on Session Affinity in the load balancer, ${NO_POLLING}`,
    body: 'Cloudflare: its plan bounds bodies at 100 MB or more: look at what stands behind it',
    host: 'Cloudflare passes Host on by itself: look at what stands behind it',
  },
};

const AWS: Proxy = {
  name: 'AWS load balancer',
  recognizes: (headers) =>
    serverIn(headers).startsWith('awselb') ||
    (headers['set-cookie'] ?? []).some((cookie) => cookie.startsWith('AWSALB')),
  advice: {
    buffering: 'the load balancer does not buffer: look at what stands behind it',
    compression: 'the load balancer does not compress: look at what stands behind it',
    upgrade: 'an Application Load Balancer passes upgrades on by itself, a Classic one needs TCP listeners',
    idle: 'AWS: raise idle_timeout.timeout_seconds of the load balancer',
    sticky: `AWS: turn on stickiness of the target group, ${NO_POLLING}`,
    body: 'the load balancer does not bound bodies: look at what stands behind it',
    host: 'an Application Load Balancer passes Host on by itself: look at what stands behind it',
  },
};

/** Advice when no header names the proxy. */
const UNKNOWN: Proxy = {
  name: 'an unnamed proxy',
  recognizes: () => true,
  advice: {
    buffering:
      'let what stands in between pass event streams on as they come: no response buffering (nginx: "proxy_buffering off;", Apache: flushpackets=on, HAProxy: no http-buffer-request, Traefik: no buffering middleware), no compression',
    compression: 'keep compression from text/event-stream in what stands in between',
    upgrade:
      'let what stands in between pass on the Upgrade and Connection headers of /ws/ and /socket.io/ over HTTP/1.1 (nginx: "proxy_set_header Upgrade $http_upgrade;")',
    idle: 'raise the idle time-out of what stands in between above the heartbeat of 15 s, to 60 s (nginx: proxy_read_timeout, HAProxy: timeout server and timeout tunnel)',
    sticky: `make the load balancer send a client to the same gateway by cookie or address, ${NO_POLLING}`,
    body: 'raise the limit of request bodies in what stands in between (nginx: client_max_body_size)',
    host: 'let what stands in between pass on the Host header, with its port if it has one (nginx: "proxy_set_header Host $http_host;")',
  },
};

function serverIn(headers: IncomingHttpHeaders): string {
  return String(headers['server'] ?? '');
}

/** Outermost first: a CDN adds its header to those of the server behind it. */
const PROXIES: readonly Proxy[] = [CLOUDFLARE, NGINX, APACHE, CADDY, ENVOY, AWS];

/** The proxy that the headers of a response name. The gateway itself sends no such header. */
export function proxyIn(headers: IncomingHttpHeaders): Proxy | undefined {
  return PROXIES.find((proxy) => proxy.recognizes(headers));
}

export function adviceOf(proxy: Proxy | undefined, fault: ProxyFault): string {
  return (proxy ?? UNKNOWN).advice[fault];
}
