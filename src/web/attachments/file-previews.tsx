import { Icon } from '../ui/icon.js';
import type { DraftFile, FileDraft } from './file-draft.js';
import { useObjectUrl } from './use-object-url.js';

export interface FilePreviewsProps {
  readonly draft: FileDraft;
  readonly files: readonly DraftFile[];
}

/** The files of the message that is being written: how far each is, and what one can do about it. */
export function FilePreviews({ draft, files }: FilePreviewsProps) {
  if (files.length === 0) return null;
  return (
    <ul className="file-previews" aria-label="Files of this message">
      {files.map((file) => (
        <FilePreview key={file.id} draft={draft} file={file} />
      ))}
    </ul>
  );
}

function FilePreview({ draft, file }: { readonly draft: FileDraft; readonly file: DraftFile }) {
  const { id, name, kind, blob, state, progress, problem } = file;
  const url = useObjectUrl(blob);
  const hasPreview = kind === 'image' && url !== null && state !== 'preparing' && state !== 'refused';
  return (
    <li className="file-preview" data-state={state}>
      {hasPreview ? (
        <img src={url} alt={`Preview of ${name}`} />
      ) : (
        <Icon name={state === 'refused' ? 'warning' : 'microphone'} />
      )}
      <div className="file-preview-text">
        <span className="file-name">{name}</span>
        {(state === 'uploading' || state === 'preparing') && (
          <progress aria-label={`Uploading ${name}`} value={state === 'uploading' ? progress : undefined} />
        )}
        {problem !== undefined && (state === 'failed' || state === 'refused') && (
          <span role="alert" className="problem">
            {problem}
          </span>
        )}
      </div>
      {state === 'failed' && (
        <button type="button" className="link" onClick={() => draft.retry(id)}>
          Try again
        </button>
      )}
      <button
        type="button"
        className="icon-button small"
        aria-label={state === 'uploading' ? `Cancel ${name}` : `Remove ${name}`}
        onClick={() => draft.remove(id)}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
