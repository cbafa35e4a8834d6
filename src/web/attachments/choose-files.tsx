import { useRef } from 'react';
import type { Capabilities } from '../../client/index.js';
import { Icon, type IconName } from '../ui/icon.js';

export interface ChooseFilesProps {
  readonly capabilities: Capabilities;
  readonly isTouch: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

/** Buttons to choose files and, on a phone, to take a photograph. */
export function ChooseFiles({ capabilities: { attachments }, isTouch, onFiles }: ChooseFilesProps) {
  const { image, audio, mediaTypes } = attachments;
  if (!image && !audio) return null;
  // A phone that is not asked for HEIC converts its photographs to JPEG by itself.
  const types = image && !isTouch ? [...mediaTypes, '.heic', '.heif'] : mediaTypes;
  return (
    <>
      <FileButton icon="attach" label="Attach a file" accept={types.join()} multiple onFiles={onFiles} />
      {image && isTouch && (
        <FileButton
          icon="camera"
          label="Take a photograph"
          accept="image/*"
          capture="environment"
          onFiles={onFiles}
        />
      )}
    </>
  );
}

interface FileButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly accept: string;
  readonly multiple?: boolean;
  readonly capture?: 'environment';
  readonly onFiles: (files: readonly File[]) => void;
}

function FileButton({ icon, label, onFiles, ...input }: FileButtonProps) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className="icon-button"
        aria-label={label}
        title={label}
        onClick={() => field.current?.click()}
      >
        <Icon name={icon} />
      </button>
      <input
        ref={field}
        type="file"
        hidden
        aria-label={label}
        {...input}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          // Or choosing the same file again would be no change.
          event.currentTarget.value = '';
        }}
      />
    </>
  );
}
