import { browserOutbox, browserSession, createClient, createSession } from '@veda-gateway/client';
import { createRoot } from 'react-dom/client';
import { Chat } from './Chat.js';

const url = new URLSearchParams(location.search).get('gateway') ?? 'http://127.0.0.1:3000';
const session = createSession({ url, store: browserSession() });
if (!(await session.user())) await session.demo();

const client = createClient({
  url,
  getToken: (refused) => session.getToken(refused),
  outbox: browserOutbox(),
});
const { id } = await client.conversations.create('An example');

createRoot(document.body).render(<Chat client={client} conversationId={id} />);
