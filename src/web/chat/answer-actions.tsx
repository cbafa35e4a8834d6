import { useState } from 'react';
import type { Client, Conversation, ViewMessage } from '../../client/api.js';
import { addressOf } from '../conversations/route.js';
import { Rating } from '../feedback/rating.js';
import { useAnnounce } from '../ui/announcer.js';
import { Icon } from '../ui/icon.js';
import { Time } from '../ui/time.js';
import { useAsyncAction } from '../ui/use-async-action.js';

export interface AnswerActionsProps {
  readonly message: ViewMessage;
  readonly client: Client;
  readonly conversation: Conversation;
  readonly canRegenerate: boolean;
}

/** Actions on an answer that has ended. */
export function AnswerActions({ message, client, conversation, canRegenerate }: AnswerActionsProps) {
  const [copied, setCopied] = useState(false);
  const announce = useAnnounce();
  const copy = useAsyncAction(async () => {
    await navigator.clipboard.writeText(message.content);
    setCopied(true);
    announce('Copied');
  });
  const [copiedLink, setCopiedLink] = useState(false);
  const copyLink = useAsyncAction(async () => {
    const { id, conversationId } = message;
    await navigator.clipboard.writeText(new URL(addressOf(conversationId, id), location.href).href);
    setCopiedLink(true);
    announce('Copied');
  });
  const regenerate = useAsyncAction(() => conversation.regenerate(message.id));
  const error = copy.error ?? copyLink.error ?? regenerate.error;
  return (
    <>
      {/* Browsers give the clipboard only to pages that came over HTTPS or from this machine. */}
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
      {isSecureContext && (
        <button
          type="button"
          className="action"
          title="Copy a link to this answer, for yourself"
          onClick={() => void copyLink.run()}
          onBlur={() => setCopiedLink(false)}
        >
          <Icon name={copiedLink ? 'check' : 'link'} /> {copiedLink ? 'Copied' : 'Link'}
        </button>
      )}
      <Rating client={client} message={message} />
      <Time at={message.createdAt} />
      {error && (
        <span role="alert" className="problem">
          {error}
        </span>
      )}
    </>
  );
}
