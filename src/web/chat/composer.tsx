import { type KeyboardEvent, useEffect, useRef } from 'react';
import { AiNotice } from '../ui/ai-notice.js';
import { EmergencyNotice } from '../ui/emergency-notice.js';
import { ErrorMessage } from '../ui/error-message.js';
import { Icon } from '../ui/icon.js';
import { isComposing } from '../ui/is-composing.js';
import { useMedia } from '../ui/use-media.js';
import { lengthOf } from './message-length.js';

export interface ComposerProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onSend: (text: string) => void;
  /** Stops the running answer. Absent when none runs. */
  readonly onStop?: (() => void) | undefined;
  readonly busy?: boolean;
  readonly error?: string | null;
}

/**
 * Where a person writes a message. With a keyboard, Enter sends and Shift+Enter begins a new line. On a touch screen, whose
 * keyboard has no Shift+Enter, Enter begins a new line and the button sends.
 */
export function Composer({ text, onText, onSend, onStop, busy = false, error }: ComposerProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  const isTouch = useMedia('(hover: none) and (pointer: coarse)');
  const length = lengthOf(text);
  const canSend = text.trim() !== '' && !length.isTooLong && !busy;
  useEffect(() => {
    // On a touch screen, the focus would bring up a keyboard that covers half of the conversation.
    if (matchMedia('(pointer: fine)').matches) box.current?.focus();
  }, []);
  const send = () => {
    if (!canSend) return;
    onSend(text);
    box.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || isComposing(event.nativeEvent)) return;
    const sends = isTouch ? event.ctrlKey || event.metaKey : !event.shiftKey;
    if (!sends) return;
    event.preventDefault();
    send();
  };
  return (
    <footer className="composer">
      <ErrorMessage text={error} />
      <form
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <label className="visually-hidden" htmlFor="message">
          Your message
        </label>
        {/* No `maxLength`: the browser would cut the end of a text that is pasted, and say nothing. */}
        <textarea
          ref={box}
          id="message"
          dir="auto"
          rows={1}
          value={text}
          placeholder="Ask a question"
          autoComplete="off"
          enterKeyHint={isTouch ? 'enter' : 'send'}
          aria-invalid={length.isTooLong}
          aria-describedby={length.text === null ? undefined : 'message-length'}
          onChange={(event) => onText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <div className="composer-buttons">
          {onStop && (
            <button
              type="button"
              className="round"
              aria-label="Stop the answer"
              title="Stop (Esc)"
              onClick={onStop}
            >
              <Icon name="stop" />
            </button>
          )}
          <button
            type="submit"
            className="round primary"
            aria-label="Send"
            title={isTouch ? 'Send' : 'Send (Enter)'}
            disabled={!canSend}
          >
            <Icon name="send" />
          </button>
        </div>
      </form>
      {length.text !== null && (
        <p id="message-length" role="status" className={length.isTooLong ? 'problem' : 'hint'}>
          {length.text}
        </p>
      )}
      <AiNotice />
      <EmergencyNotice />
    </footer>
  );
}
