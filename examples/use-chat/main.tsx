import { browserSession, createClient, createSession } from '@veda-gateway/client';
import { createRoot } from 'react-dom/client';
import { Chat } from './Chat.js';
import { historyOf } from './history.js';

const url = new URLSearchParams(location.search).get('gateway') ?? 'http://127.0.0.1:3000';
const session = createSession({ url, store: browserSession() });
if (!(await session.user())) await session.demo();
const getHeaders = async () => ({ Authorization: `Bearer ${await session.getToken()}` });

// The address names the conversation: a reload and a second tab show the same one.
if (location.hash === '') {
  const client = createClient({ url, getToken: (refused) => session.getToken(refused) });
  location.hash = (await client.conversations.create('An example')).id;
}
const id = location.hash.slice(1);
const loadHistory = () => historyOf(url, id, getHeaders);

createRoot(document.body).render(
  <Chat url={url} id={id} getHeaders={getHeaders} initial={await loadHistory()} loadHistory={loadHistory} />,
);
