import type { TransportName } from '../../src/client/api.js';
import { useBrowser } from '../support/browser.js';
import { ChatPage } from './chat-page.js';
import { EndlessSite } from './endless-site.js';
import { expectCompleteAnswer } from './expect-complete-answer.js';

const browser = useBrowser();
let site: EndlessSite;

beforeAll(async () => {
  site = await EndlessSite.start();
});
afterAll(() => site.stop());
beforeEach(() => site.model.begin());

test.each<[TransportName | 'auto', TransportName]>([
  ['auto', 'socketio'],
  ['socketio', 'socketio'],
  ['websocket', 'websocket'],
  ['sse', 'sse'],
  ['polling', 'polling'],
])('an answer that is cut over %s goes on exactly where it was', async (chosen, transport) => {
  const chat = await ChatPage.open(await browser.newPage(), site.url);
  await chat.ask('Tell me a story.');
  await chat.openPanel();
  await chat.use(chosen);
  await chat.isLive(transport);
  await site.showsNewText(chat);

  await chat.cut();
  await chat.panel
    .locator('[data-kind=cut] ~ [data-kind=resumed]')
    // The second, when no word was said meanwhile.
    .filter({ hasText: /exactly where it ended|nothing was missed/ })
    .waitFor();
  await chat.isLive(transport);
  await site.showsNewText(chat);

  await expectCompleteAnswer(chat, site.model);
});
