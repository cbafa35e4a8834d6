import type { Client, ClientOptions, Conversation, View, ViewMessage } from '../../src/client/index.js';
import { createClient } from '../../src/client/index.js';
import type { Person } from '../support/client.js';

/** Resolves with the first view that is as expected, now or later. */
export function viewWhere(conversation: Conversation, isWanted: (view: View) => boolean): Promise<View> {
  return new Promise((resolve) => {
    let leave = (): void => {};
    const look = (): void => {
      const { view } = conversation;
      if (!isWanted(view)) return;
      leave();
      resolve(view);
    };
    leave = conversation.subscribe(look);
    queueMicrotask(look);
  });
}

export function isLive({ state }: View): boolean {
  return state === 'live';
}

export function answers({ messages }: View): ViewMessage[] {
  return messages.filter(({ role }) => role === 'assistant');
}

/** Whether this answer has come to its end. */
export function hasEnded(messageId: string): (view: View) => boolean {
  return ({ messages }) =>
    messages.some((message) => message.id === messageId && 'completedAt' in message && message.completedAt);
}

/** Clients that a test file closes. */
export class Clients {
  readonly #open: Client[] = [];

  of(person: Person, options: Partial<ClientOptions> = {}): Client {
    const client = createClient({ url: person.url, token: person.token, ...options });
    this.#open.push(client);
    return client;
  }

  closeAll(): void {
    for (const client of this.#open.splice(0)) client.close();
  }
}
