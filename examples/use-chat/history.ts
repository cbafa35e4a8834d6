import type { Message } from '@veda-gateway/client';
import type { UIMessage } from 'ai';

/** The conversation as the server has it, without the answer that is being written: `useChat` resumes that one. */
export async function historyOf(
  url: string,
  id: string,
  getHeaders: () => Promise<Record<string, string>>,
): Promise<UIMessage[]> {
  const response = await fetch(`${url}/api/conversations/${id}/messages`, { headers: await getHeaders() });
  if (!response.ok) throw new Error(await response.text());
  const { items } = (await response.json()) as { items: Message[] };
  return items
    .filter((message, index) => {
      if (message.role === 'user') return true;
      const isReplaced = items.slice(index + 1).some(({ replyTo }) => replyTo === message.replyTo);
      return message.completedAt !== undefined && !isReplaced;
    })
    .map(({ id, client_message_id, role, content }) => ({
      // Under the ids that the client gave to its own messages.
      id: client_message_id ?? id,
      role,
      parts: [{ type: 'text', text: content }],
    }));
}
