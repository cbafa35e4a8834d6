import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Capabilities, Client } from '../../client/index.js';
import type { FileDraft } from '../attachments/file-draft.js';
import { FilePreviews } from '../attachments/file-previews.js';
import { useDraftFiles } from '../attachments/use-draft-files.js';
import { useDroppedFiles } from '../attachments/use-dropped-files.js';
import { AiNotice } from '../ui/ai-notice.js';
import { EmergencyNotice } from '../ui/emergency-notice.js';
import { enterSends } from '../ui/enter-key.js';
import { ErrorMessage } from '../ui/error-message.js';
import { Icon } from '../ui/icon.js';
import { isComposing } from '../ui/is-composing.js';
import { useMedia } from '../ui/use-media.js';
import { ComposerTools } from './composer-tools.js';
import { lengthOf } from './message-length.js';
import { type RecorderPurpose, VoiceRecorder } from './voice-recorder.js';

export interface ComposerProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onSend: (text: string) => void;
  /** Stops the running answer. Absent when none runs. */
  readonly onStop?: (() => void) | undefined;
  readonly client: Client;
  readonly capabilities: Capabilities | null;
  readonly files: FileDraft;
  readonly busy?: boolean;
  readonly error?: string | null;
}

/**
 * Where a person writes a message, and adds files or their voice to it. With a keyboard, Enter sends and Shift+Enter begins a
 * new line. On a touch screen, whose keyboard has no Shift+Enter, Enter begins a new line and the button sends. A person can
 * choose otherwise.
 */
export function Composer(props: ComposerProps) {
  const { text, onText, onSend, onStop, client, capabilities, files, busy = false, error } = props;
  const box = useRef<HTMLTextAreaElement>(null);
  const isTouch = useMedia('(hover: none) and (pointer: coarse)');
  const [recorder, setRecorder] = useState<RecorderPurpose | null>(null);
  const draft = useDraftFiles(files);
  const length = lengthOf(text);
  const canSend =
    (text.trim() !== '' || draft.files.length > 0) && draft.canBeSent && !length.isTooLong && !busy;
  const takesFiles = capabilities?.attachments.image || capabilities?.attachments.audio;
  const addFiles =
    capabilities && takesFiles ? (added: readonly File[]) => files.add(added, capabilities) : undefined;
  const isDropping = useDroppedFiles(addFiles);
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
    const sends = enterSends(isTouch) ? !event.shiftKey : event.ctrlKey || event.metaKey;
    if (!sends) return;
    event.preventDefault();
    send();
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files];
    // Word processors put a picture of the text beside the text: the text is meant.
    if (!addFiles || pasted.length === 0 || event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    addFiles(pasted);
  };
  return (
    <footer className="composer" data-dropping={isDropping || undefined}>
      <ErrorMessage text={error} />
      <FilePreviews draft={files} files={draft.files} />
      {recorder !== null && capabilities && (
        <VoiceRecorder
          purpose={recorder}
          client={client}
          maxBytes={capabilities.attachments.maxBytes}
          onVoice={(voice) => files.add([voice], capabilities)}
          onDictated={(said) => onText(text.trim() === '' ? said : `${text.trimEnd()} ${said}`)}
          onClose={() => {
            setRecorder(null);
            box.current?.focus();
          }}
        />
      )}
      <form
        autoComplete="off"
        hidden={recorder !== null}
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
          enterKeyHint={enterSends(isTouch) ? 'send' : 'enter'}
          aria-invalid={length.isTooLong}
          aria-describedby={length.text === null ? undefined : 'message-length'}
          onChange={(event) => onText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        {capabilities && (
          <ComposerTools
            capabilities={capabilities}
            isTouch={isTouch}
            onFiles={(added) => addFiles?.(added)}
            onRecord={setRecorder}
          />
        )}
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
            title={isTouch ? 'Send' : `Send (${enterSends(isTouch) ? 'Enter' : 'Ctrl+Enter'})`}
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
