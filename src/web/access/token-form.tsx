import { Field } from '../ui/field.js';
import { type Fields, Form } from '../ui/form.js';
import { Problem } from '../ui/problem.js';
import { useTask } from '../ui/use-task.js';
import type { TokenWay } from './ways.js';

/** For a gateway whose accounts are elsewhere. */
export function TokenForm({ enter }: { readonly enter: TokenWay['enter'] }) {
  const { busy, error, run } = useTask((fields: Fields) => enter(fields('token').trim()));
  return (
    <Form onSubmit={(fields) => void run(fields)}>
      <h2>Sign in with a token</h2>
      <p>
        Accounts are kept by another service here. Paste an access token that it gave you; it is kept in this
        tab alone.
      </p>
      <Field label="Access token" name="token" autoComplete="off" spellCheck={false} required />
      <Problem words={error} />
      <button type="submit" className="button primary wide" disabled={busy}>
        Use this token
      </button>
    </Form>
  );
}
