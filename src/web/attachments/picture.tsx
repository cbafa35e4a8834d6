import { useRef, useState } from 'react';
import type { Attachment, Client } from '../../client/index.js';
import { Icon } from '../ui/icon.js';
import { Modal } from '../ui/modal.js';
import { LoadProblem } from './load-problem.js';
import { useAttachment } from './use-attachment.js';
import { useObjectUrl } from './use-object-url.js';

/** What it shows only the person knows who sent it. */
const ALT = 'The picture that you sent';

export interface PictureProps {
  readonly client: Client;
  readonly attachment: Attachment;
}

/** A picture of a stored message, which opens in full size. Its place is there before it is loaded: nothing moves. */
export function Picture({ client, attachment: { id, width, height } }: PictureProps) {
  const place = useRef<HTMLDivElement>(null);
  const { blob, problem, retry } = useAttachment(client, id, place);
  const url = useObjectUrl(blob);
  const [isLarge, setLarge] = useState(false);
  return (
    <div ref={place} className="picture" style={{ aspectRatio: `${width ?? 4} / ${height ?? 3}` }}>
      {url !== null && (
        <button type="button" aria-label="Show the picture in full size" onClick={() => setLarge(true)}>
          <img src={url} alt={ALT} width={width} height={height} />
        </button>
      )}
      <LoadProblem problem={problem} onRetry={retry} />
      {isLarge && url !== null && (
        <Modal label="The picture in full size" className="large-picture" onClose={() => setLarge(false)}>
          <button type="button" className="icon-button" aria-label="Close" onClick={() => setLarge(false)}>
            <Icon name="close" />
          </button>
          <img src={url} alt={ALT} />
        </Modal>
      )}
    </div>
  );
}

/** A picture that is not uploaded yet. */
export function PictureOf({ file }: { readonly file: Blob }) {
  const url = useObjectUrl(file);
  return (
    <div className="picture">{url !== null && <img src={url} alt="The picture that is being sent" />}</div>
  );
}
