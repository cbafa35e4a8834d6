import { lazy, Suspense, useState } from 'react';
import type { ViewMessage } from '../../client/api.js';
import type { Client, Feedback } from '../../client/index.js';
import { useAnnounce } from '../ui/announcer.js';
import { Icon } from '../ui/icon.js';
import { useAsyncAction } from '../ui/use-async-action.js';

/** Loaded when somebody gives a reason. */
const ReasonDialog = lazy(() => import('./reason-dialog.js'));

export interface RatingProps {
  readonly client: Client;
  readonly message: ViewMessage;
}

/** Whether the answer helped. Pressed again, a rating is taken back. */
export function Rating({ client, message }: RatingProps) {
  const [given, setGiven] = useState<Feedback | null>(
    'feedback' in message ? (message.feedback ?? null) : null,
  );
  const [asking, setAsking] = useState(false);
  const announce = useAnnounce();
  const save = async (feedback: Feedback | null) => {
    await client.rate(message, feedback);
    setGiven(feedback);
    announce(feedback ? 'Thank you for your rating' : 'Your rating was taken back');
  };
  const rate = useAsyncAction(async (rating: Feedback['rating']) => {
    const again = given?.rating === rating;
    await save(again ? null : { rating });
    if (rating === 'down' && !again) setAsking(true);
  });
  return (
    <>
      {(['up', 'down'] as const).map((rating) => (
        <button
          key={rating}
          type="button"
          className="action thumb"
          aria-label={rating === 'up' ? 'This answer helped' : 'This answer did not help'}
          title={rating === 'up' ? 'This answer helped' : 'This answer did not help'}
          aria-pressed={given?.rating === rating}
          // Not `disabled`, which would take the focus away from whoever uses the keyboard.
          aria-disabled={rate.busy}
          onClick={() => void (rate.busy || rate.run(rating))}
        >
          <Icon name={rating === 'up' ? 'thumbUp' : 'thumbDown'} />
        </button>
      ))}
      {rate.error !== null && (
        <span role="alert" className="problem">
          {rate.error}
        </span>
      )}
      {asking && (
        <Suspense fallback={null}>
          <ReasonDialog save={save} onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </>
  );
}
