import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';

type Algorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'EdDSA';

export interface Signer {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly privateKey: KeyObject;
}

export function rsa(kid: string, alg: Algorithm = 'RS256', modulusLength = 2048): Signer {
  return { kid, alg, privateKey: generateKeyPairSync('rsa', { modulusLength }).privateKey };
}

export function ec(kid: string): Signer {
  return { kid, alg: 'ES256', privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey };
}

export function ed(kid: string): Signer {
  return { kid, alg: 'EdDSA', privateKey: generateKeyPairSync('ed25519').privateKey };
}

/** A token of these claims; `header` beside its algorithm and key id. */
export function sign({ kid, alg, privateKey }: Signer, claims: object, header: object = {}): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}

export function toJwk({ kid, alg, privateKey }: Signer): object {
  return { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

/** Publishes keys at an address. */
export class Issuer {
  /** What is published now. */
  keys: unknown[];
  /** Whether it answers with them, or with 500. */
  up = true;
  lookUps = 0;
  readonly #server: Server;

  private constructor(server: Server, keys: unknown[]) {
    this.#server = server;
    this.keys = keys;
    server.on('request', (_, response) => {
      this.lookUps += 1;
      if (this.up) response.end(JSON.stringify({ keys: this.keys }));
      else response.writeHead(500).end();
    });
  }

  static async start(...signers: Signer[]): Promise<Issuer> {
    return new Issuer(await listen(), signers.map(toJwk));
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** A server at a free port of this machine. */
export function listen(onRequest?: RequestListener): Promise<Server> {
  const server = createServer(onRequest);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
