import { ErrorMessage } from '../ui/error-message.js';
import { useAsyncAction } from '../ui/use-async-action.js';

/** Signs in with one click. The gateway offers it only on the machine that it runs on. */
export function DemoButton({ signIn }: { readonly signIn: () => Promise<unknown> }) {
  const { busy, error, run } = useAsyncAction(signIn);
  return (
    <div className="stack">
      <button type="button" className="button primary wide" disabled={busy} onClick={() => void run()}>
        Try it as a demo user
      </button>
      <ErrorMessage text={error} />
      <p className="or">or with an account</p>
    </div>
  );
}
