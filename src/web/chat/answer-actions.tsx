import { useState } from 'react';
import type { Conversation, ViewMessage } from '../../client/api.js';
import { useAnnounce } from '../ui/announcer.js';
import { Icon } from '../ui/icon.js';
import { Time } from '../ui/time.js';
import { useTask } from '../ui/use-task.js';

export interface AnswerActionsProps {
  readonly message: ViewMessage;
  readonly conversation: Conversation;
  readonly canRegenerate: boolean;
}

/** What can be done with an answer that has ended. */
export function AnswerActions({ message, conversation, canRegenerate }: AnswerActionsProps) {
  const [copied, setCopied] = useState(false);
  const announce = useAnnounce();
  const copy = useTask(async () => {
    await navigator.clipboard.writeText(message.content);
    setCopied(true);
    announce('Copied');
  });
  const regenerate = useTask(() => conversation.regenerate(message.id));
  const error = copy.error ?? regenerate.error;
  return (
    <div className="actions">
      {/* Pages that came over plain HTTP have no clipboard. */}
      {isSecureContext && (
        <button
          type="button"
          className="action"
          onClick={() => void copy.run()}
          onBlur={() => setCopied(false)}
        >
          <Icon name={copied ? 'check' : 'copy'} /> {copied ? 'Copied' : 'Copy'}
        </button>
      )}
      {canRegenerate && (
        <button
          type="button"
          className="action"
          disabled={regenerate.busy}
          onClick={() => void regenerate.run()}
        >
          <Icon name="refresh" /> Regenerate
        </button>
      )}
      <Time at={message.createdAt} />
      {error && (
        <span role="alert" className="problem">
          {error}
        </span>
      )}
    </div>
  );
}
