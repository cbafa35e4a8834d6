import type { Attachment, Client, UnsentMessage } from '../../client/index.js';
import { Picture, PictureOf } from './picture.js';
import { SoundOf, StoredSound } from './sound.js';

export interface AttachmentsProps {
  readonly client: Client;
  readonly attachments: readonly Attachment[];
  /** Of an unsent message: those that are not uploaded yet. */
  readonly files?: UnsentMessage['files'];
}

/** The pictures and voice messages of a message. */
export function Attachments({ client, attachments, files = [] }: AttachmentsProps) {
  if (attachments.length + files.length === 0) return null;
  return (
    <ul className="attachments">
      {attachments.map((attachment) => (
        <li key={attachment.id} data-kind={attachment.kind}>
          {attachment.kind === 'image' ? (
            <Picture client={client} attachment={attachment} />
          ) : (
            <StoredSound client={client} attachment={attachment} />
          )}
        </li>
      ))}
      {files.map((file, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- files have no other name, and their order stays
        <li key={index} data-kind={kindOfUnsent(file)}>
          {kindOfUnsent(file) === 'image' ? <PictureOf file={file} /> : <SoundOf file={file} />}
        </li>
      ))}
    </ul>
  );
}

function kindOfUnsent({ type }: Blob): 'image' | 'audio' {
  return type.startsWith('image/') ? 'image' : 'audio';
}
