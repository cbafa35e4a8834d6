import type { Check, UserContext } from '../check.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import type { Gateway, Reply } from '../gateway.js';
import { connectPacket, PACKET, SOCKET_IO_PATH } from '../socket-io.js';

/** Pairs of requests after the handshake: with two gateways in random order, one request almost certainly hits the wrong one. */
const ROUNDS = 6;

/**
 * Whether all long-polling requests of one Socket.IO session reach the same gateway. Each uses a new connection, as browsers
 * may; cookies are kept, as browsers do.
 */
export const sticky: Check<UserContext> = {
  about: 'sticky',
  async run({ gateway, token }) {
    const polling = new Polling(gateway);
    const refused = await polling.open(token);
    if (refused) return [findingOf(gateway, refused, polling)];
    for (let round = 1; round <= ROUNDS; round++) {
      const failed = await polling.exchange(round);
      if (failed) return [findingOf(gateway, failed, polling)];
    }
    const { requests } = polling;
    await polling.close();
    const by = polling.cookie === undefined ? '' : `, by the cookie ${polling.cookie}`;
    const finding = `${requests} long-polling requests on as many connections came to the same gateway${by}`;
    return [ok('sticky', finding)];
  },
};

class Polling {
  requests = 0;
  readonly #gateway: Gateway;
  #sid = '';
  #cookies: string | undefined;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** The name of the cookie that a load balancer set. */
  get cookie(): string | undefined {
    return this.#cookies?.split('=')[0];
  }

  /** Returns the first reply that is not a success. */
  async open(token: string): Promise<Reply | undefined> {
    const handshake = await this.#ask('');
    const sid = /"sid":"([\w-]+)"/.exec(handshake.body)?.[1];
    if (handshake.status !== 200 || sid === undefined) return handshake;
    this.#cookies = handshake.headers['set-cookie']?.map((cookie) => cookie.split(';')[0]).join('; ');
    this.#sid = sid;
    return (await this.#send(connectPacket(token))) ?? this.#receive();
  }

  /** Sends an event and receives its acknowledgement. Returns the first reply that is not a success. */
  async exchange(id: number): Promise<Reply | undefined> {
    return (await this.#send(`${PACKET.event}${id}["leave",{"conversationId":""}]`)) ?? this.#receive();
  }

  /** Without it the gateway would keep the session until it times out. */
  async close(): Promise<void> {
    await this.#send(PACKET.close);
  }

  async #send(packet: string): Promise<Reply | undefined> {
    const reply = await this.#ask(`&sid=${this.#sid}`, packet);
    return reply.status === 200 && reply.body === 'ok' ? undefined : reply;
  }

  async #receive(): Promise<Reply | undefined> {
    const reply = await this.#ask(`&sid=${this.#sid}`);
    return reply.status === 200 ? undefined : reply;
  }

  #ask(query: string, body?: string): Promise<Reply> {
    this.requests += 1;
    return this.#gateway.ask(`${SOCKET_IO_PATH}&transport=polling${query}`, {
      headers: {
        ...(this.#cookies !== undefined && { Cookie: this.#cookies }),
        ...(body !== undefined && { 'Content-Type': 'text/plain;charset=UTF-8' }),
      },
      ...(body !== undefined && { method: 'POST', body }),
    });
  }
}

function findingOf(gateway: Gateway, { status, body }: Reply, { requests }: Polling): Finding {
  if (status === 400 && body.includes('Session ID unknown')) {
    const finding = `request ${requests} of a Socket.IO long-polling session came to a gateway that does not know it: several gateways run, and sessions are not sticky`;
    return fail('sticky', finding, gateway.advice('sticky'));
  }
  const finding = `Socket.IO long-polling is answered with ${status}`;
  return warn('sticky', finding, 'look at the log of what stands before the gateway, for /socket.io/');
}
