import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Check, Context } from '../check.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import { codeOf } from '../gateway.js';

const CONNECT_MS = 5000;
const DAY_MS = 86_400_000;
/** Automatic renewal happens earlier: a certificate with fewer days left was probably not renewed. */
const EXPIRY_WARNING_DAYS = 14;

/** Checks name, connection and certificate. */
export const reach: Check<Context> = {
  about: 'reach',
  async run({ gateway }) {
    const { protocol, hostname, port } = new URL(gateway.url);
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const secure = protocol === 'https:';
    const target = { host, port: Number(port) || (secure ? 443 : 80) };
    const named = await resolve(host);
    if (named.level === 'fail') return [named];
    const connected = await connect(target, named.finding);
    if (connected.level === 'fail') return [connected];
    return [connected, ...(secure ? await checkCertificate(target) : checkPlain(host))];
  },
};

interface Target {
  readonly host: string;
  readonly port: number;
}

async function resolve(host: string): Promise<Finding> {
  try {
    const found = await lookup(host, { all: true });
    const addresses = found.map(({ address }) => address).join(', ');
    return ok('reach', isIP(host) ? addresses : `${host} is ${addresses}`);
  } catch (error) {
    return fail(
      'reach',
      `the name ${host} has no address (${codeOf(error)})`,
      'look at the name in --url and at DNS',
    );
  }
}

async function connect(target: Target, named: string): Promise<Finding> {
  const began = performance.now();
  const socket = connectTcp(target);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
    return ok('reach', `${named}; connected in ${Math.round(performance.now() - began)} ms`);
  } catch (error) {
    const advice =
      'start it, or look at HOST and PORT, at the port that the proxy listens on and at firewalls';
    const refused = codeOf(error) === 'ECONNREFUSED' ? 'nothing listens' : 'nothing answers';
    return fail('reach', `${refused} on ${target.host} port ${target.port} (${codeOf(error)})`, advice);
  } finally {
    socket.destroy();
  }
}

function checkPlain(host: string): Finding[] {
  if (/^(127\.|::1$|localhost$)/.test(host)) return [];
  return [
    warn(
      'tls',
      'no TLS: tokens and messages can be read on the way',
      'put a proxy with a certificate before it',
    ),
  ];
}

async function checkCertificate(target: Target): Promise<Finding[]> {
  // Connects even if the certificate is invalid, to say what is wrong with it.
  const socket = connectTls({
    ...target,
    ...(isIP(target.host) === 0 && { servername: target.host }),
    rejectUnauthorized: false,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(CONNECT_MS) });
    return certificateFindings(socket);
  } catch (error) {
    return [fail('tls', `no TLS handshake (${codeOf(error)})`, 'does the port speak TLS, 1.2 or later?')];
  } finally {
    socket.destroy();
  }
}

function certificateFindings(socket: TLSSocket): Finding[] {
  const days = Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / DAY_MS);
  if (!socket.authorized) {
    const advice =
      'browsers refuse it: serve the whole chain for this name (an authority of your own: NODE_EXTRA_CA_CERTS)';
    return [fail('tls', `the certificate is not good: ${String(socket.authorizationError)}`, advice)];
  }
  const certificate =
    days < EXPIRY_WARNING_DAYS
      ? warn('tls', `the certificate expires in ${days} days`, 'see that it is renewed')
      : ok('tls', `${socket.getProtocol()}, the certificate is good for ${days} days`);
  if (socket.alpnProtocol === 'h2') return [certificate];
  const finding = 'no HTTP/2: browsers open 6 connections at the most, and each event stream takes one';
  return [certificate, warn('http', finding, 'turn HTTP/2 on where TLS ends')];
}
