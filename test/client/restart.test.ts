import type { TransportName } from '../../src/client/index.js';
import { TestSite } from '../support/app.js';
import { Person } from '../support/client.js';
import { startOfficeProxy } from '../support/office-proxy.js';
import { Clients, hasEnded, isLive, viewWhere } from './support.js';

const TEXT = 'a sentence of words that takes its time '.repeat(8).trim();

let site: TestSite;
const clients = new Clients();

beforeAll(async () => {
  site = await TestSite.open();
});

afterEach(() => clients.closeAll());
afterAll(() => site.close());

test.each<TransportName>(['socketio', 'websocket', 'sse', 'polling'])(
  'a gateway that restarts costs no letter over %s',
  async (transport) => {
    const env = { DEV_LLM_TOKENS_PER_SECOND: '60' };
    const first = await site.start(env);
    const proxy = await startOfficeProxy(first.url);
    const person = await Person.register(first.url);
    const conversation = clients
      .of(person.at(proxy.url), { transports: [transport] })
      .conversation(await person.newConversation());
    await viewWhere(conversation, isLive);
    const { messageId } = await conversation.send({ text: TEXT });
    await viewWhere(conversation, ({ messages }) => (messages[1]?.content.length ?? 0) > 10);
    const second = await site.start(env);
    proxy.target = second.url;
    await first.stop();
    const { messages } = await viewWhere(conversation, hasEnded(messageId));
    const path = `/api/conversations/${conversation.id}/messages/${messageId}`;
    const { body } = await person.at(second.url).call('GET', path);
    expect(messages[1]?.content).toBe(body.content);
    expect(messages[1]?.content.startsWith(TEXT)).toBe(true);
    clients.closeAll();
    await proxy.stop();
    await second.stop();
  },
);
