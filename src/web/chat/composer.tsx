import { type KeyboardEvent, useEffect, useRef } from 'react';
import { Icon } from '../ui/icon.js';
import { Notice } from '../ui/notice.js';
import { Problem } from '../ui/problem.js';

export interface ComposerProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onSend: (text: string) => void;
  /** Stops the running answer; absent when none runs. */
  readonly onStop?: (() => void) | undefined;
  readonly busy?: boolean;
  readonly error?: string | null;
}

/** As many as the server takes (docs/protocol.md, "Send"). */
const LONGEST = 32_000;

/** Where messages are written: Enter sends, Shift+Enter begins a new line. */
export function Composer({ text, onText, onSend, onStop, busy = false, error }: ComposerProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // Where there is no mouse, the keyboard would cover half of the conversation.
    if (matchMedia('(pointer: fine)').matches) box.current?.focus();
  }, []);
  const send = () => {
    if (text.trim() === '' || busy) return;
    onSend(text);
    box.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <footer className="composer">
      <Problem words={error} />
      <form
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <label className="unseen" htmlFor="message">
          Your message
        </label>
        <textarea
          ref={box}
          id="message"
          rows={1}
          value={text}
          maxLength={LONGEST}
          placeholder="Ask a question"
          autoComplete="off"
          enterKeyHint="send"
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
            title="Send (Enter)"
            disabled={text.trim() === '' || busy}
          >
            <Icon name="send" />
          </button>
        </div>
      </form>
      <Notice />
    </footer>
  );
}
