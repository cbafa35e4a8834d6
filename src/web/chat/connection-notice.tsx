import type { View } from '../../client/api.js';
import { Countdown } from '../connection/countdown.js';
import { sentence } from '../ui/use-task.js';

export interface ConnectionNoticeProps {
  readonly view: View;
  readonly onWake: () => void;
}

/** Says so when what is shown may not be all, for good or for a while. */
export function ConnectionNotice({ view: { state, retryAt, error }, onWake }: ConnectionNoticeProps) {
  return (
    <div role="status" className="connection-notice">
      {state === 'offline' && (
        <p className="bar">
          <span>
            No connection. What you send waits here
            {retryAt !== null && <Countdown to={retryAt} />}.
          </span>
          <button type="button" className="link" onClick={onWake}>
            Connect now
          </button>
        </p>
      )}
      {state === 'closed' && error && (
        <p className="bar">
          <span>Disconnected. {sentence(error.message)}</span>
          <button type="button" className="link" onClick={() => location.reload()}>
            Reload
          </button>
        </p>
      )}
    </div>
  );
}
