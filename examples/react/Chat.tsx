// A chat in React. Try it with the page beside it (index.html, main.tsx):
//
//   CORS_ORIGINS=http://localhost:5173 npm start    # in one terminal
//   npx vite examples/react --config examples/vite.config.mjs                # in another
//
// In a project of yours: install the library (docs/client.md, "Install"), and copy this file.

import type { Client } from '@veda-gateway/client';
import { useConversation } from '@veda-gateway/client/react';
import { type FormEvent, useState } from 'react';

export interface ChatProps {
  readonly client: Client;
  readonly conversationId: string;
}

export function Chat({ client, conversationId }: ChatProps) {
  const { view, send, retry, stop } = useConversation(client, conversationId);
  const [text, setText] = useState('');
  const isRunning = view.messages.some(({ status }) => status === 'queued' || status === 'streaming');

  function submit(event: FormEvent) {
    event.preventDefault();
    // A message that is refused for good stays in the list as `refused`.
    send({ text }).catch(() => {});
    setText('');
  }

  return (
    <section>
      <p role="status">{view.state === 'live' ? `live over ${view.transport}` : view.state}</p>
      {view.sendError && <p role="alert">Not sent yet: {view.sendError.message}</p>}
      <ol>
        {view.messages.map((message) => (
          <li key={message.id} data-role={message.role} data-status={message.status}>
            <span style={{ whiteSpace: 'pre-wrap' }}>{message.content}</span>
            {message.status === 'refused' && (
              <button type="button" onClick={() => void retry(message.client_message_id).catch(() => {})}>
                Send again
              </button>
            )}
          </li>
        ))}
      </ol>
      <form onSubmit={submit}>
        <input aria-label="Message" value={text} onChange={({ target }) => setText(target.value)} required />
        <button type="submit">Send</button>
        {isRunning && (
          <button type="button" onClick={() => void stop().catch(() => {})}>
            Stop
          </button>
        )}
      </form>
    </section>
  );
}
