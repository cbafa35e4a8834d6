import { type RefObject, useEffect, useRef } from 'react';
import type { Conversation, View } from '../../client/api.js';
import { useMessageInAddress } from '../conversations/route.js';

/** Of the message that the address names. */
export const WANTED = { tabIndex: -1, 'data-wanted': '' } as const;

/**
 * Shows the message that the address names: loads earlier messages until it is there, then scrolls to it and gives it the focus.
 * A message that is not there any more leaves the conversation at its end.
 * @param letGo keeps the page from scrolling to the end
 */
export function useWantedMessage(
  list: RefObject<HTMLElement | null>,
  conversation: Conversation,
  { messages, hasEarlier, cursor }: View,
  letGo: () => void,
): string | null {
  const wanted = useMessageInAddress();
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (wanted === null || wanted === shown.current || cursor === null) return;
    const message = [...(list.current?.children ?? [])].find(
      (each): each is HTMLElement => each instanceof HTMLElement && each.dataset['messageId'] === wanted,
    );
    if (message) {
      shown.current = wanted;
      letGo();
      message.scrollIntoView({ block: 'start' });
      message.focus({ preventScroll: true });
    } else if (hasEarlier) {
      // Its messages call this again.
      conversation.loadEarlier().catch(() => {});
    }
  }, [list, conversation, letGo, wanted, messages, hasEarlier, cursor]);
  return wanted;
}
