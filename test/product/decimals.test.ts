import { startTestApp, type TestApp } from '../support/app.js';
import { Person } from '../support/client.js';

let app: TestApp;

afterEach(() => app.stop());

test('seconds may have decimals, also where Redis takes whole ones', async () => {
  app = await startTestApp({
    STREAM_RETENTION_SECONDS: '1.5',
    GENERATION_SECONDS: '9.75',
    LEASE_SECONDS: '1.5',
    CHAT_WAIT_SECONDS: '2.5',
  });
  const person = await Person.register(app.url);
  const message = await person.chat(await person.newConversation(), 'What helps?');
  expect(message.status).toBe('complete');
});
