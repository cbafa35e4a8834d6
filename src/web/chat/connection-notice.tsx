import { useState } from 'react';
import type { ConnectionState, View } from '../../client/api.js';
import { Countdown } from '../connection/countdown.js';
import { errorText } from '../ui/error-text.js';

export interface ConnectionNoticeProps {
  readonly view: View;
  readonly onWake: () => void;
}

/** Says that the connection is lost, so that what is shown may not be all. */
export function ConnectionNotice({ view: { state, retryAt, error }, onWake }: ConnectionNoticeProps) {
  const isDisconnected = useIsDisconnected(state);
  return (
    <div role="status" className="connection-notice">
      {isDisconnected && (
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
          <span>Disconnected. {errorText(error)}</span>
          <button type="button" className="link" onClick={() => location.reload()}>
            Reload
          </button>
        </p>
      )}
    </div>
  );
}

/** From when no transport connected until one does. It does not change with each try in between. */
function useIsDisconnected(state: ConnectionState): boolean {
  const [isDisconnected, setDisconnected] = useState(false);
  const isNow = state === 'offline' || (isDisconnected && state === 'connecting');
  if (isNow !== isDisconnected) setDisconnected(isNow);
  return isNow;
}
