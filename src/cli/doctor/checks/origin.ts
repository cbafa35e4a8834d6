import type { Check, UserContext } from '../check.js';
import { type Finding, fail, ok } from '../finding.js';
import { bearer } from '../session.js';
import { openWebSocket } from '../web-socket.js';

/** Time-out for the first frame, in ms. */
const FRAME_MS = 5000;

/** Whether pages of the gateway's own address, and of `--origin`, may open sockets. */
export const origin: Check<UserContext> = {
  about: 'origin',
  async run(context) {
    const own = new URL(context.gateway.url).origin;
    const ownPages = await mayOpen(context, own);
    const findings: Finding[] = [];
    if (ownPages === false) {
      const finding = `pages of ${own} itself may not open sockets: the gateway is told another Host`;
      findings.push(fail('origin', finding, context.gateway.advice('host')));
    } else if (ownPages) {
      findings.push(ok('origin', `pages of ${own} may open sockets`));
    }
    if (context.origin !== undefined && (await mayOpen(context, context.origin)) === false) {
      const finding = `pages of ${context.origin} may not open sockets`;
      findings.push(fail('origin', finding, 'list the origin in CORS_ORIGINS of the gateways'));
    }
    return findings;
  },
};

/** Undefined when no socket opens at all: another check says why. */
async function mayOpen(
  { gateway, token, idleConversationId }: UserContext,
  Origin: string,
): Promise<boolean | undefined> {
  const opened = await openWebSocket(gateway, `/ws/conversations/${idleConversationId}`, {
    ...bearer(token),
    Origin,
  });
  if (opened.kind !== 'open') return undefined;
  const { socket } = opened;
  const first = await socket.next(FRAME_MS);
  socket.end();
  if (first === undefined) return (await socket.closed).code === FORBIDDEN ? false : undefined;
  return !first.includes('"forbidden"');
}

/** The close code for an origin that is not allowed (docs/protocol.md). */
const FORBIDDEN = 4003;
