import { randomUUID } from 'node:crypto';
import { text as bodyOf } from 'node:stream/consumers';
import type { Frame } from '../../protocol/frames.js';
import type { Message } from '../../protocol/message.js';
import type { Ask, Gateway, Reply } from '../doctor/gateway.js';
import { bearer, type UserSession } from '../doctor/session.js';
import { CliError } from '../exit.js';

/** An event as it came, its lines not interpreted. */
export interface RawEvent {
  readonly lines: readonly string[];
  readonly id: string | undefined;
  readonly frame: Frame;
}

/** An event stream that has ended. */
export interface EndedStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly events: readonly RawEvent[];
}

/** What `POST …/messages` answers. */
export interface Sent {
  readonly userMessage: Message;
  readonly message: Message;
  readonly duplicate: boolean;
  readonly cursor: string;
}

/** What the rules look at: a server, a user, and one answered message with its stream. */
export interface Subject {
  readonly gateway: Gateway;
  readonly token: string;
  /** Another user's token and conversation, if there is another user. */
  readonly other: { readonly token: string; readonly conversationId: string } | undefined;
  readonly conversationId: string;
  /** What was sent, and what the server said. */
  readonly request: { readonly text: string; readonly client_message_id: string };
  readonly sent: Sent;
  /** From before the message to its end. */
  readonly stream: EndedStream;
  readonly disclaimer: string;
  /** How long a silent stream is watched, in ms; 0: not at all. */
  readonly idleMs: number;
}

const TEXT = 'What helps against a cold? नमस्ते 👩🏽‍⚕️ e\u0301';
/** How long an answer may take, in ms. */
const ANSWER_MS = 120_000;

/** Sends a message, and reads its answer. @throws CliError when that is refused: then no rule can be looked at */
export async function openSubject(
  gateway: Gateway,
  session: UserSession,
  other: UserSession | undefined,
  options: { readonly disclaimer: string; readonly idleMs: number },
): Promise<Subject> {
  const { token } = session;
  const conversationId = await session.newConversation();
  const request = { text: TEXT, client_message_id: randomUUID() };
  const reply = await post(gateway, token, conversationId, request);
  if (reply.status !== 202) throw new CliError(`a message is answered with ${reply.status}`);
  const sent = JSON.parse(reply.body) as Sent;
  const stream = await streamOf(gateway, token, conversationId, `cursor=${sent.cursor}`);
  const others = other && { token: other.token, conversationId: await other.newConversation() };
  return { gateway, token, other: others, conversationId, request, sent, stream, ...options };
}

export function post(gateway: Gateway, token: string, conversationId: string, body: object): Promise<Reply> {
  const path = `/api/conversations/${conversationId}/messages`;
  return gateway.ask(path, { method: 'POST', headers: bearer(token), body });
}

/** Everything from there to the end of what runs. */
export async function streamOf(
  gateway: Gateway,
  token: string,
  conversationId: string,
  query: string,
): Promise<EndedStream> {
  const path = `/api/conversations/${conversationId}/stream?until=done&${query}`;
  const ask: Ask = { headers: { ...bearer(token), Accept: 'text/event-stream' } };
  const response = await gateway.open(path, ask);
  const timer = setTimeout(() => response.destroy(), ANSWER_MS);
  try {
    const status = response.statusCode ?? 0;
    const body = await bodyOf(response);
    return { status, headers: response.headers, events: status === 200 ? eventsIn(body) : [] };
  } finally {
    clearTimeout(timer);
  }
}

/** Of an event stream's text. @throws for data that is no JSON */
function eventsIn(text: string): RawEvent[] {
  return text
    .split('\n\n')
    .map((block) => block.split('\n').filter((line) => line !== ''))
    .flatMap((lines) => {
      const data = valueOf(lines, 'data');
      return data === undefined
        ? []
        : [{ lines, id: valueOf(lines, 'id'), frame: JSON.parse(data) as Frame }];
    });
}

function valueOf(lines: readonly string[], field: string): string | undefined {
  return lines.find((line) => line.startsWith(`${field}:`))?.replace(/^\w+: ?/, '');
}

/** The frames of the stream. */
export function framesOf({ events }: EndedStream): readonly Frame[] {
  return events.map(({ frame }) => frame);
}

/** The text of an answer, as its frames say it. */
export function textIn(frames: readonly Frame[], messageId: string): string {
  return frames.reduce((text, frame) => {
    if (frame.type === 'reset' && frame.messageId === messageId) return '';
    return frame.type === 'chunk' && frame.messageId === messageId ? text + frame.data : text;
  }, '');
}

/** The code of a problem document. */
export function codeIn({ body }: Reply): unknown {
  try {
    return (JSON.parse(body) as { code?: unknown }).code;
  } catch {
    return undefined;
  }
}
