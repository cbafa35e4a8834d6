import { isEnded, type Page } from '../entries.js';
import { type Connect, endingOf, type TransportPorts } from './transport.js';

/** How long between two looks while an answer is awaited, and otherwise, in ms. */
const BUSY_MS = 1000;
const IDLE_MS = 5000;

/** Plain requests alone: looks at the newest page again and again. Works wherever the REST routes do. */
export function polling({ rest, platform }: TransportPorts): Connect {
  return ({ conversationId }, events) => {
    let over = false;
    let isLooking = false;
    let cancel = platform.setTimer(0, look);

    function look(): void {
      cancel();
      if (over || isLooking) return;
      isLooking = true;
      ask().catch((error: unknown) => {
        if (over) return;
        close();
        events.ended(endingOf(error));
      });
    }

    async function ask(): Promise<void> {
      const page = await rest.call<Page>(
        'GET',
        `/api/conversations/${encodeURIComponent(conversationId)}/messages`,
      );
      if (over) return;
      isLooking = false;
      cancel = platform.setTimer(isBeingAnswered(page) ? BUSY_MS : IDLE_MS, look);
      events.opened();
      events.page(page);
    }

    function close(): void {
      over = true;
      cancel();
    }

    return {
      close,
      cut: close,
      poke() {
        look();
        // A request has its own patience.
        return false;
      },
    };
  };
}

function isBeingAnswered({ items }: Page): boolean {
  return items.some((message) => message.role === 'assistant' && !isEnded(message));
}
