import { ErrorMessage } from '../ui/error-message.js';
import { Field } from '../ui/field.js';
import { type Fields, Form } from '../ui/form.js';
import { useAsyncAction } from '../ui/use-async-action.js';
import type { TokenMethod } from './sign-in-methods.js';

/** For a gateway whose accounts another service keeps. */
export function TokenForm({ signIn }: { readonly signIn: TokenMethod['signIn'] }) {
  const { busy, error, run } = useAsyncAction((fields: Fields) => signIn(fields('token').trim()));
  return (
    <Form onSubmit={(fields) => void run(fields)}>
      <h2>Sign in with a token</h2>
      <p>
        Another service keeps the accounts. Paste the access token that it gave you. Only this tab keeps it.
      </p>
      <Field label="Authentication token" name="token" autoComplete="off" spellCheck={false} required />
      <ErrorMessage text={error} />
      <button type="submit" className="button primary wide" disabled={busy}>
        Use this token
      </button>
    </Form>
  );
}
