import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import type { StoredSession, TransportName } from '../../src/client/api.js';
import type { Message } from '../../src/protocol/message.js';
import { Person } from '../support/client.js';

/** What the browser has shown of an answer over time (render-recorder.js). */
export interface Growth {
  readonly first: string;
  readonly last: string;
  readonly steps: number;
  readonly broken: readonly { readonly before: string; readonly after: string | null }[];
}

/** The chat page in a browser, and its user. */
export class ChatPage {
  readonly page: Page;
  /** The same user, over plain HTTP. */
  readonly person: Person;

  constructor(page: Page, person: Person) {
    this.page = page;
    this.person = person;
  }

  /** Opens the page for a new user who is signed in. */
  static async open(page: Page, url: string): Promise<ChatPage> {
    const session = await newSession(url);
    const localStorage = [{ name: 'veda.session', value: JSON.stringify(session) }];
    await page.context().setStorageState({ cookies: [], origins: [{ origin: url, localStorage }] });
    const chat = await ChatPage.tab(page, new Person(url, session.accessToken));
    await page.goto(url);
    return chat;
  }

  /** Opens no page yet: another tab of a browser in which the user is signed in. */
  static async tab(page: Page, person: Person): Promise<ChatPage> {
    await page.addInitScript({ path: join(import.meta.dirname, 'render-recorder.js') });
    return new ChatPage(page, person);
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Your message' });
  }

  get answers(): Locator {
    return this.page.locator('.answer');
  }

  get questions(): Locator {
    return this.page.locator('.question');
  }

  get panel(): Locator {
    return this.page.getByRole('complementary', { name: 'Connection' });
  }

  async ask(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  /** Resolves when the latest answer shows this. */
  async shows(words: string): Promise<void> {
    await this.answers.last().getByText(words).first().waitFor();
  }

  /** Resolves when the latest answer has this status. */
  async hasAnswer(status: Message['status'] | 'stopping'): Promise<void> {
    await this.page.locator(`.messages > :last-child.answer[data-status=${status}]`).waitFor();
  }

  /** Resolves when the conversation is up to date, over this transport if one is named. */
  async isLive(transport?: TransportName): Promise<void> {
    const over = transport === undefined ? '' : `[data-transport=${transport}]`;
    await this.page.locator(`.connection-button[data-state=live]${over}`).waitFor();
  }

  /** Resolves when there is no connection. */
  async isDisconnected(): Promise<void> {
    await this.page.locator('.connection-button:is([data-state=connecting], [data-state=offline])').waitFor();
  }

  async openPanel(): Promise<void> {
    await this.page.getByRole('button', { name: /^Connection: / }).click();
    await this.panel.waitFor();
  }

  async use(transport: TransportName | 'auto'): Promise<void> {
    await this.panel.locator(`input[value=${transport}]`).check();
  }

  async cut(): Promise<void> {
    await this.panel.getByRole('button', { name: 'Cut the connection' }).click();
  }

  /** The conversation in the address. */
  get conversationId(): string {
    const [, id] = /#\/c\/([\w-]+)$/.exec(this.page.url()) ?? [];
    if (id === undefined) throw new Error(`no conversation is open at ${this.page.url()}`);
    return id;
  }

  /** The messages that the server has, oldest first. */
  async stored(): Promise<Message[]> {
    const { body } = await this.person.call('GET', `/api/conversations/${this.conversationId}/messages`);
    return body.items;
  }

  /** What the page has shown of the latest answer over time. */
  async growth(): Promise<Growth> {
    const id = await this.answers.last().getAttribute('data-message-id');
    const seen = await this.page.evaluate<Record<string, Growth>>('window.growth');
    const growth = seen[id ?? ''];
    if (!growth) throw new Error('the page has shown no answer');
    return growth;
  }

  /** Begins to record anew, as after a reload. */
  async forgetGrowth(): Promise<void> {
    await this.page.evaluate('window.growth = {}');
  }
}

async function newSession(url: string): Promise<StoredSession> {
  const response = await fetch(`${url}/api/auth/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: `${randomUUID()}@example.org`, password: 'correct horse' }),
  });
  const { user, accessToken, refreshToken, expiresIn } = (await response.json()) as StoredSession & {
    expiresIn: number;
  };
  return { user, accessToken, refreshToken, expiresAt: Date.now() + expiresIn * 800 };
}
