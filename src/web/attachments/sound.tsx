import { useRef } from 'react';
import type { Attachment, Client } from '../../client/index.js';
import { LoadProblem } from './load-problem.js';
import { useAttachment } from './use-attachment.js';
import { useObjectUrl } from './use-object-url.js';

export interface StoredSoundProps {
  readonly client: Client;
  readonly attachment: Attachment;
}

/** A voice message, and what was heard in it once that is known. */
export function StoredSound({ client, attachment: { id, transcript } }: StoredSoundProps) {
  const place = useRef<HTMLDivElement>(null);
  const { blob, problem, retry } = useAttachment(client, id, place);
  return (
    <div ref={place} className="sound">
      <Player file={blob} label="Your voice message" />
      <LoadProblem problem={problem} onRetry={retry} />
      {transcript !== undefined && (
        <p className="transcript" dir="auto">
          {transcript}
        </p>
      )}
    </div>
  );
}

/** A voice message that is not uploaded yet. */
export function SoundOf({ file }: { readonly file: Blob }) {
  return (
    <div className="sound">
      <Player file={file} label="The voice message that is being sent" />
    </div>
  );
}

/** It has its place before there is a file. */
function Player({ file, label }: { readonly file: Blob | null; readonly label: string }) {
  const url = useObjectUrl(file);
  // oxlint-disable-next-line jsx-a11y/media-has-caption -- the transcript is below it
  return <audio controls preload="metadata" aria-label={label} src={url ?? undefined} />;
}
