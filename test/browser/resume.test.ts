import type { TransportName } from '../../src/client/api.js';
import { useBrowser } from '../support/browser.js';
import { ChatPage } from './chat-page.js';
import { expectWholeStory } from './expect-whole-story.js';
import { StorySite } from './story-site.js';

const browser = useBrowser();
let site: StorySite;

beforeAll(async () => {
  site = await StorySite.start();
});
afterAll(() => site.stop());
beforeEach(() => site.storyteller.begin());

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
  await site.untilShown(chat);

  await chat.cut();
  await chat.panel
    .locator('[data-kind=cut] ~ [data-kind=resumed]')
    // The second, when no word was said meanwhile.
    .filter({ hasText: /exactly where it ended|nothing was missed/ })
    .waitFor();
  await chat.isLive(transport);
  await site.untilShown(chat);

  await expectWholeStory(chat, site.storyteller);
});
