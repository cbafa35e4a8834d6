import type { Check, UserContext } from '../check.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import type { Gateway, Reply } from '../gateway.js';
import { connectPacket, PACKET, SOCKET_IO_PATH } from '../socket-io.js';

/** Pairs of requests after the handshake: of two gateways in any order, the wrong one is hit nearly for certain. */
const ROUNDS = 6;

/**
 * Whether the requests of one Socket.IO session over long-polling come to the gateway that has it. Each is sent over a
 * connection of its own, as browsers may; cookies are kept, as browsers do.
 */
export const sticky: Check<UserContext> = {
  about: 'sticky',
  async run({ gateway, token }) {
    const polling = new Polling(gateway);
    const refused = await polling.open(token);
    if (refused) return [judge(gateway, refused, polling)];
    for (let round = 1; round <= ROUNDS; round++) {
      const failed = await polling.exchange(round);
      if (failed) return [judge(gateway, failed, polling)];
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

  /** The answer that was no success, if one was not. */
  async open(token: string): Promise<Reply | undefined> {
    const handshake = await this.#ask('');
    const sid = /"sid":"([\w-]+)"/.exec(handshake.body)?.[1];
    if (handshake.status !== 200 || sid === undefined) return handshake;
    this.#cookies = handshake.headers['set-cookie']?.map((cookie) => cookie.split(';')[0]).join('; ');
    this.#sid = sid;
    return (await this.#send(connectPacket(token))) ?? this.#receive();
  }

  /** An event that is acknowledged at once, and its acknowledgement. */
  async exchange(id: number): Promise<Reply | undefined> {
    return (await this.#send(`${PACKET.event}${id}["leave",{"conversationId":""}]`)) ?? this.#receive();
  }

  /** Or the gateway would wait for more. */
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

function judge(gateway: Gateway, { status, body }: Reply, { requests }: Polling): Finding {
  if (status === 400 && body.includes('Session ID unknown')) {
    const finding = `request ${requests} of a Socket.IO long-polling session came to a gateway that does not know it: several gateways run, and sessions are not sticky`;
    return fail('sticky', finding, gateway.advice('sticky'));
  }
  const finding = `Socket.IO long-polling is answered with ${status}`;
  return warn('sticky', finding, 'look at the log of what stands before the gateway, for /socket.io/');
}
