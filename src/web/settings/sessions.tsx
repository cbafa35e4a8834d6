import { useCallback, useEffect, useState } from 'react';
import type { Account, AccountSession } from '../../client/index.js';
import { ErrorMessage } from '../ui/error-message.js';
import { Time } from '../ui/time.js';
import { useAsyncAction } from '../ui/use-async-action.js';

/** Where the person is signed in. Another session can be ended from here. */
export function Sessions({ account }: { readonly account: Account }) {
  const [sessions, setSessions] = useState<readonly AccountSession[] | null>(null);
  const { error: loadError, run: load } = useAsyncAction(
    useCallback(async () => setSessions((await account.sessions({ limit: 100 })).items), [account]),
  );
  const end = useAsyncAction(async (id: string) => {
    await account.endSession(id);
    setSessions((before) => before && before.filter((session) => session.id !== id));
  });
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- once, when the dialog opens
  useEffect(() => void load(), []);
  return (
    <section className="setting" aria-labelledby="sessions-heading">
      <h3 id="sessions-heading">Signed in</h3>
      <ErrorMessage text={loadError ?? end.error} />
      {sessions === null && loadError === null && <p className="hint">Loading …</p>}
      {sessions?.length === 0 && <p className="hint">This device signs in elsewhere.</p>}
      <ul className="sessions">
        {sessions?.map(({ id, current, userAgent, lastUsedAt }) => (
          <li key={id}>
            <span>
              {current ? 'This device' : deviceOf(userAgent)}
              <span className="hint">
                {' '}
                last used <Time at={lastUsedAt} />
              </span>
            </span>
            {!current && (
              <button
                type="button"
                className="button"
                disabled={end.busy}
                aria-label={`Sign out ${deviceOf(userAgent)}`}
                onClick={() => void end.run(id)}
              >
                Sign out
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a person knows a device by, such as "Firefox on Android". */
function deviceOf(userAgent: string | null): string {
  const browser = /Edg|OPR|Firefox|FxiOS|CriOS|Chrome|Safari/.exec(userAgent ?? '')?.[0];
  const system = /Android|iPhone|iPad|Windows|Mac OS|CrOS|Linux/.exec(userAgent ?? '')?.[0];
  const names: Record<string, string> = {
    Edg: 'Edge',
    OPR: 'Opera',
    FxiOS: 'Firefox',
    CriOS: 'Chrome',
    CrOS: 'ChromeOS',
  };
  const known = [browser, system].filter((name) => name !== undefined).map((name) => names[name] ?? name);
  return known.join(' on ') || 'Another device';
}
