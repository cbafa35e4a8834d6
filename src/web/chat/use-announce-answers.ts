import { useEffect, useRef } from 'react';
import type { ViewMessage } from '../../client/api.js';
import { withoutDisclaimer } from '../markdown/disclaimer.js';
import { spokenText } from '../markdown/spoken-text.js';
import { useAnnounce } from '../ui/announcer.js';
import { ownDisclaimers } from './own-disclaimers.js';
import { isRunning } from './running-answer.js';

/** Makes a screen reader read an answer when it has ended, and not each of its words as it comes. */
export function useAnnounceAnswers(messages: readonly ViewMessage[]): void {
  const announce = useAnnounce();
  const running = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const ended = messages.filter((message) => running.current.has(message.id) && !isRunning(message));
    running.current = new Set(messages.filter(isRunning).map(({ id }) => id));
    if (ended.length > 0) announce(ended.map(announcementOf).join(' '));
  }, [messages, announce]);
}

function announcementOf({ status, content }: ViewMessage): string {
  const said = spokenText(withoutDisclaimer(content, ownDisclaimers(document)).text);
  if (status === 'complete') return `Answer: ${said}`;
  if (status === 'failed') return 'There was no answer.';
  return `The answer ${status === 'stopped' ? 'was stopped' : 'is incomplete'}: ${said}`;
}
