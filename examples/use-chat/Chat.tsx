// A chat with `useChat` of the AI SDK that survives what happens to its connection. Try it with the page beside it:
//
//   CORS_ORIGINS=http://localhost:5173 npm start                            # in one terminal
//   npx vite examples/use-chat --config examples/vite.config.mjs            # in another
//
// In a project of yours: install ai, @ai-sdk/react and the library, and copy this folder.

import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport, type UIMessage } from 'ai';
import { type FormEvent, useEffect, useMemo, useState } from 'react';

export interface ChatProps {
  readonly url: string;
  /** Of the conversation. */
  readonly id: string;
  readonly getHeaders: () => Promise<Record<string, string>>;
  readonly initial: UIMessage[];
  readonly loadHistory: () => Promise<UIMessage[]>;
}

/** After this time, in ms, a broken connection is tried again. */
const RETRY_MS = 1000;

export function Chat({ url, id, getHeaders, initial, loadHistory }: ChatProps) {
  const [text, setText] = useState('');
  /** While the page may show less than the server has. */
  const [isBehind, setBehind] = useState(false);
  const api = `${url}/api/ai-sdk/chat`;
  const transport = useMemo(() => new DefaultChatTransport({ api, headers: getHeaders }), [api, getHeaders]);
  const chat = useChat({ id, transport, messages: initial, resume: true });
  const { messages, setMessages, sendMessage, regenerate, resumeStream, status, error } = chat;
  // The AI SDK has a TypeError when the connection breaks, or is broken by a gateway that drains. The answer goes on.
  const isCut = error?.name === 'TypeError';
  const state = isCut ? 'reconnecting' : isBehind && status === 'ready' ? 'catching up' : status;
  const mayAsk = state === 'ready' || state === 'error';

  useEffect(() => {
    if (!isCut) return;
    setBehind(true);
    const timer = setTimeout(() => {
      void recover()
        .catch(() => {})
        .finally(() => setBehind(false));
    }, RETRY_MS);
    return () => clearTimeout(timer);
    // Again for each error, also if it is of the same kind.
  }, [error]);

  async function recover() {
    const last = messages.at(-1);
    const stored = await loadHistory().catch(() => undefined);
    // A message that has not arrived is sent again. It keeps its id, so one that has arrived is not stored twice.
    if (stored && last?.role === 'user' && !stored.some((message) => message.id === last.id))
      return sendMessage();
    // When the gateway is not there yet, this is the next error, and it is tried again.
    await resumeStream();
    // An answer that has ended meanwhile is not streamed again.
    setMessages(await loadHistory());
  }

  // `stop()` of useChat only hangs up: the answer would go on for other devices.
  async function stop() {
    await fetch(`${api}/${id}/stop`, { method: 'POST', headers: await getHeaders() });
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    void sendMessage({ text });
    setText('');
  }

  return (
    <section>
      <p role="status">{state}</p>
      {error && !isCut && <p role="alert">{error.message}</p>}
      <ol>
        {messages.map((message) => (
          <li key={message.id} data-role={message.role} style={{ whiteSpace: 'pre-wrap' }}>
            {message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')}
          </li>
        ))}
      </ol>
      <form onSubmit={submit}>
        <input aria-label="Message" value={text} onChange={({ target }) => setText(target.value)} required />
        <button type="submit" disabled={!mayAsk}>
          Send
        </button>
        <button type="button" onClick={() => void stop()}>
          Stop
        </button>
        <button type="button" disabled={!mayAsk} onClick={() => void regenerate()}>
          Again
        </button>
      </form>
    </section>
  );
}
