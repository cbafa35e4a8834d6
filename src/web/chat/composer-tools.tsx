import type { Capabilities } from '../../client/index.js';
import { ChooseFiles } from '../attachments/choose-files.js';
import { Icon } from '../ui/icon.js';
import type { RecorderPurpose } from './voice-recorder.js';

export interface ComposerToolsProps {
  readonly capabilities: Capabilities;
  readonly isTouch: boolean;
  readonly onFiles: (files: readonly File[]) => void;
  readonly onRecord: (purpose: RecorderPurpose) => void;
}

/** What can be added to a message. What the server does not take is not there. */
export function ComposerTools({ capabilities, isTouch, onFiles, onRecord }: ComposerToolsProps) {
  const { attachments, transcription } = capabilities;
  // Browsers give the microphone only to pages that came over HTTPS or from this machine.
  const canRecord = isSecureContext && typeof MediaRecorder === 'function';
  if (!attachments.image && !attachments.audio && !transcription) return null;
  return (
    <div className="composer-tools">
      <ChooseFiles capabilities={capabilities} isTouch={isTouch} onFiles={onFiles} />
      {canRecord && attachments.audio && (
        <button
          type="button"
          className="icon-button"
          aria-label="Record a voice message"
          title="Record a voice message"
          onClick={() => onRecord('voice')}
        >
          <Icon name="microphone" />
        </button>
      )}
      {canRecord && transcription && (
        <button
          type="button"
          className="icon-button"
          aria-label="Dictate"
          title="Dictate: what you say is written here"
          onClick={() => onRecord('dictation')}
        >
          <Icon name="dictate" />
        </button>
      )}
    </div>
  );
}
