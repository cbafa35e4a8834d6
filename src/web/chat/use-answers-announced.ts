import { useEffect, useRef } from 'react';
import type { ViewMessage } from '../../client/api.js';
import { withoutDisclaimer } from '../markdown/disclaimer.js';
import { spokenText } from '../markdown/spoken-text.js';
import { useAnnounce } from '../ui/announcer.js';
import { isRunning } from './running-answer.js';

/** Has an answer read out when it has ended, and not while each of its words comes. */
export function useAnswersAnnounced(messages: readonly ViewMessage[]): void {
  const announce = useAnnounce();
  const running = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const ended = messages.filter((message) => running.current.has(message.id) && !isRunning(message));
    running.current = new Set(messages.filter(isRunning).map(({ id }) => id));
    if (ended.length > 0) announce(ended.map(wordsFor).join(' '));
  }, [messages, announce]);
}

function wordsFor({ status, content }: ViewMessage): string {
  const said = spokenText(withoutDisclaimer(content).text);
  if (status === 'complete') return `Answer: ${said}`;
  if (status === 'failed') return 'There was no answer.';
  return `The answer ${status === 'stopped' ? 'was stopped' : 'broke off'}: ${said}`;
}
