import { Problem } from '../ui/problem.js';
import { useTask } from '../ui/use-task.js';

/** In with one click, where nobody but the owner of the machine can come. */
export function DemoButton({ enter }: { readonly enter: () => Promise<unknown> }) {
  const { busy, error, run } = useTask(enter);
  return (
    <div className="stack">
      <button type="button" className="button primary wide" disabled={busy} onClick={() => void run()}>
        Try it as a demo user
      </button>
      <Problem words={error} />
      <p className="or">or with an account</p>
    </div>
  );
}
