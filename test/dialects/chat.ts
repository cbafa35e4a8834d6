import { randomUUID } from 'node:crypto';
import { AbstractChat, type ChatState, type ChatStatus, DefaultChatTransport, type UIMessage } from 'ai';
import {
  AbstractChat as AbstractChat5,
  type ChatState as ChatState5,
  DefaultChatTransport as DefaultChatTransport5,
  type UIMessage as UIMessage5,
} from 'ai-v5';
import {
  AbstractChat as AbstractChat7,
  type ChatState as ChatState7,
  type ChatTransport as ChatTransport7,
  DefaultChatTransport as DefaultChatTransport7,
  type UIMessage as UIMessage7,
  WebSocketChatTransport,
} from 'ai-v7';
import { WebSocket } from 'ws';
import type { Person } from '../support/client.js';

/** A chat as a page has it, with the AI SDK's own chat and transport. */
export interface Chat {
  readonly messages: UIMessage[];
  readonly status: ChatStatus;
  readonly error: Error | undefined;
  sendMessage(message: { text: string }): Promise<void>;
  regenerate(options?: { messageId?: string }): Promise<void>;
  resumeStream(): Promise<void>;
  stop(): Promise<void>;
}

export interface ChatOptions {
  readonly person: Person;
  readonly id?: string;
  readonly messages?: UIMessage[];
  readonly headers?: Record<string, string>;
  /** Where a request goes: which gateway a balancer chooses. */
  readonly route?: (url: string) => string;
  /** Called with every part that is only shown for a moment. */
  readonly onData?: (part: { type: string }) => void;
}

/** What a page keeps of a chat. */
class Kept implements ChatState<UIMessage> {
  status: ChatStatus = 'ready';
  error: Error | undefined;
  messages: UIMessage[];

  constructor(messages: UIMessage[] = []) {
    this.messages = messages;
  }

  pushMessage = (message: UIMessage): void => {
    this.messages = [...this.messages, message];
  };

  popMessage = (): void => {
    this.messages = this.messages.slice(0, -1);
  };

  replaceMessage = (index: number, message: UIMessage): void => {
    this.messages = this.messages.with(index, structuredClone(message));
  };

  snapshot = <T>(thing: T): T => structuredClone(thing);
}

class Chat6 extends AbstractChat<UIMessage> {}
class Chat5 extends AbstractChat5<UIMessage5> {}

class Chat7 extends AbstractChat7<UIMessage7> {}

export const VERSIONS: readonly [string, (options: ChatOptions) => Chat][] = [
  ['5', chat5],
  ['6', chat6],
  ['7', chat7],
  ['7 over a WebSocket', chatOverSocket],
];

function chat6(options: ChatOptions): Chat {
  const transport = new DefaultChatTransport<UIMessage>(transportOptions(options));
  const { id = randomUUID(), messages, onData } = options;
  return new Chat6({ id, transport, state: new Kept(messages), ...(onData && { onData }) });
}

function chat5(options: ChatOptions): Chat {
  const transport = new DefaultChatTransport5<UIMessage5>(transportOptions(options));
  const { id = randomUUID(), messages, onData } = options;
  const state = new Kept(messages) as unknown as ChatState5<UIMessage5>;
  return new Chat5({ id, transport, state, ...(onData && { onData }) });
}

function chat7(options: ChatOptions): Chat {
  return chat7Over(new DefaultChatTransport7<UIMessage7>(transportOptions(options)), options);
}

export function chatOverSocket(options: ChatOptions): Chat {
  const { person, route = (url: string) => url } = options;
  class RoutedSocket extends WebSocket {
    constructor(url: string | URL) {
      super(route(String(url).replace('ws:', 'http:')).replace('http:', 'ws:'));
    }
  }
  const transport = new WebSocketChatTransport<UIMessage7>({
    url: `${person.url}/api/ai-sdk/chat`,
    params: { token: person.token },
    webSocket: RoutedSocket as NonNullable<
      ConstructorParameters<typeof WebSocketChatTransport>[0]['webSocket']
    >,
  });
  return chat7Over(transport, options);
}

function chat7Over(transport: ChatTransport7<UIMessage7>, options: ChatOptions): Chat {
  const { id = randomUUID(), messages, onData } = options;
  const state = new Kept(messages) as unknown as ChatState7<UIMessage7>;
  return new Chat7({ id, transport, state, ...(onData && { onData }) }) as unknown as Chat;
}

function transportOptions({ person, headers, route }: ChatOptions) {
  return {
    api: `${person.url}/api/ai-sdk/chat`,
    headers: { Authorization: `Bearer ${person.token}`, ...headers },
    ...(route && { fetch: (url: unknown, init?: RequestInit) => fetch(route(url as string), init) }),
  };
}

/** The text of a message, as a page shows it. */
export function textOf(message: UIMessage | undefined): string {
  return (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** Resolves when a chat that resumes has found its running answer. */
export async function submitted(chat: Chat): Promise<void> {
  while (chat.status !== 'submitted' && chat.status !== 'streaming') await turn();
}

/** Resolves when the chat's last message has this text. */
export async function shows(chat: Chat, text: string): Promise<void> {
  while (textOf(chat.messages.at(-1)) !== text) await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
