import type { Conversation, UnsentMessage } from '../../client/api.js';
import { errorText } from '../ui/error-text.js';
import { useHasPassed } from './use-has-passed.js';

export interface SendStatusProps {
  readonly message: UnsentMessage;
  readonly conversation: Conversation;
}

/** A send usually takes less. Saying so each time would only flash. */
const UNREMARKABLE_MS = 1000;

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** How a message stands that the server does not have: on its way, held up until some time, or refused. */
export function SendStatus({ message, conversation }: SendStatusProps) {
  const { status, error, client_message_id: key } = message;
  const takesLong = useHasPassed(Date.parse(message.createdAt), UNREMARKABLE_MS);
  if (status === 'sending' && !error && !takesLong) return null;
  const isLimited = status === 'sending' && error?.code === 'rate_limited';
  return (
    <div className="send-status">
      <span
        role={status === 'refused' || isLimited ? 'alert' : undefined}
        className={status === 'refused' ? 'problem' : 'hint'}
      >
        {textOf(message)}
      </span>
      {/* Trying again before the limit allows it would only be refused again. */}
      {!isLimited && (
        <button type="button" className="link" onClick={() => void conversation.retry(key).catch(() => {})}>
          {status === 'refused' ? 'Try again' : 'Try now'}
        </button>
      )}
      <button type="button" className="link" onClick={() => conversation.discard(key)}>
        Discard
      </button>
    </div>
  );
}

function textOf({ status, error, files }: UnsentMessage): string {
  if (status === 'refused') return `Not sent. ${error ? errorText(error) : ''}`;
  if (error?.code !== 'rate_limited') return files.length > 0 ? 'Uploading …' : 'Sending …';
  const when = error.retryAt === undefined ? 'soon' : `at ${TIME.format(error.retryAt)}`;
  return `Too many messages in a short time. This one is sent by itself ${when}.`;
}
