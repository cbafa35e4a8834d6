import { isEnded, type Page } from '../entries.js';
import { disconnectOf, type Transport, type TransportPorts } from './transport.js';

/** The time between two requests while an answer is awaited, and otherwise, in ms. */
const BUSY_MS = 1000;
const IDLE_MS = 5000;

/** Loads the newest page of messages again and again. Works wherever plain HTTP requests do. */
export function polling({ rest, platform }: TransportPorts): Transport {
  return ({ conversationId }, events) => {
    let isOver = false;
    let isLoading = false;
    let cancel = platform.setTimer(0, load);

    function load(): void {
      cancel();
      if (isOver || isLoading) return;
      isLoading = true;
      loadPage().catch((error: unknown) => {
        if (isOver) return;
        close();
        events.ended(disconnectOf(error));
      });
    }

    async function loadPage(): Promise<void> {
      const page = await rest.call<Page>(
        'GET',
        `/api/conversations/${encodeURIComponent(conversationId)}/messages`,
      );
      if (isOver) return;
      isLoading = false;
      cancel = platform.setTimer(isAnswerAwaited(page) ? BUSY_MS : IDLE_MS, load);
      events.opened();
      events.page(page);
    }

    function close(): void {
      isOver = true;
      cancel();
    }

    return {
      close,
      cut: close,
      ping() {
        load();
        // The request has its own time-out.
        return false;
      },
    };
  };
}

function isAnswerAwaited({ items }: Page): boolean {
  return items.some((message) => message.role === 'assistant' && !isEnded(message));
}
