import { useState } from 'react';
import type { ConnectionState, View } from '../../client/api.js';
import { Countdown } from '../connection/countdown.js';
import { sentence } from '../ui/use-task.js';

export interface ConnectionNoticeProps {
  readonly view: View;
  readonly onWake: () => void;
}

/** Says so when what is shown may not be all, for good or for a while. */
export function ConnectionNotice({ view: { state, retryAt, error }, onWake }: ConnectionNoticeProps) {
  const isAway = useIsAway(state);
  return (
    <div role="status" className="connection-notice">
      {isAway && (
        <p className="bar">
          <span>
            No connection{retryAt !== null && <Countdown to={retryAt} />}. What you send waits here.
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

/** From when no transport got through until one does: not each try that fails is news. */
function useIsAway(state: ConnectionState): boolean {
  const [isAway, setAway] = useState(false);
  const isNow = state === 'offline' || (isAway && state === 'connecting');
  if (isNow !== isAway) setAway(isNow);
  return isNow;
}
