import type { Check, UserContext } from '../check.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import type { Gateway } from '../gateway.js';
import { bearer } from '../session.js';
import { connectSocketIo } from '../socket-io.js';
import { type MessageSocket, type OpenResult, openWebSocket } from '../web-socket.js';

/** Time-out for a reply to a frame, in ms. */
const REPLY_MS = 5000;
/** Just below the largest frame that the gateway accepts. */
const LARGE_BYTES = 1_000_000;

/** Whether upgrades get through: the raw WebSocket's and Socket.IO's. */
export const webSocket: Check<UserContext> = {
  about: 'websocket',
  async run(context) {
    return [...(await raw(context)), await socketIo(context)];
  },
};

async function raw({ gateway, token, idleConversationId }: UserContext): Promise<Finding[]> {
  const opened = await openWebSocket(gateway, `/ws/conversations/${idleConversationId}`, bearer(token));
  if (opened.kind !== 'open') return [notUpgraded('websocket', gateway, opened)];
  const { socket } = opened;
  try {
    const first = await socket.next(REPLY_MS);
    if (first === undefined) {
      const finding = `the upgrade came about, but no frame within ${REPLY_MS / 1000} s`;
      return [fail('websocket', finding, gateway.advice('buffering'))];
    }
    return [ok('websocket', '/ws/ upgrades, and frames come at once'), await sendLarge(socket)];
  } finally {
    socket.end();
  }
}

/** Sends a frame that the gateway refuses: its reply shows that the frame arrived. */
async function sendLarge(socket: MessageSocket): Promise<Finding> {
  socket.ws.send(JSON.stringify({ type: 'ping', unwanted: 'x'.repeat(LARGE_BYTES) }));
  const answered = await socket.nextMatching((line) => line.includes('"error"'), REPLY_MS);
  if (answered !== undefined) return ok('websocket', 'a frame of 1 MB gets through');
  const advice = 'raise the limit of WebSocket messages in what stands in between to 1 MiB';
  return warn('websocket', 'a frame of 1 MB does not get through', advice);
}

async function socketIo({ gateway, token }: UserContext): Promise<Finding> {
  const connected = await connectSocketIo(gateway, token);
  switch (connected.kind) {
    case 'connected':
      connected.socket.end();
      return ok('socket.io', 'connects over WebSocket');
    case 'silent':
      return fail('socket.io', 'the upgrade came about, but no connection', 'look at the log of the gateway');
    case 'refused':
    case 'failed':
      return notUpgraded('socket.io', gateway, connected);
  }
}

function notUpgraded(
  about: string,
  gateway: Gateway,
  opened: Exclude<OpenResult, { kind: 'open' }>,
): Finding {
  const what = about === 'websocket' ? 'the upgrade of /ws/' : 'the upgrade of /socket.io/';
  if (opened.kind === 'failed') {
    return fail(about, `${what} fails (${opened.code})`, gateway.advice('upgrade'));
  }
  const { status, body } = opened;
  const finding = isOwnAnswer(body)
    ? `${what} reached the gateway as a plain request: its Upgrade header was lost on the way (status ${status})`
    : `${what} was answered by ${gateway.proxy?.name ?? 'something before the gateway'} with ${status} instead of 101`;
  return fail(about, finding, gateway.advice('upgrade'));
}

/** Whether the gateway has answered: a problem document, or Engine.IO's answer to a request without upgrade. */
function isOwnAnswer(body: string): boolean {
  return body.includes('urn:veda-gateway:problem:') || /^\{"code":\d,"message":/.test(body);
}
