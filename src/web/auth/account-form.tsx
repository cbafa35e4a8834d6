import { useState } from 'react';
import { ErrorMessage } from '../ui/error-message.js';
import { Field } from '../ui/field.js';
import { type Fields, Form } from '../ui/form.js';
import { useAsyncAction } from '../ui/use-async-action.js';
import type { AccountMethods } from './sign-in-methods.js';

export type AccountFormProps = Pick<AccountMethods, 'signIn' | 'register'>;

/** Signs in, or makes an account and signs in where that is possible. */
export function AccountForm({ signIn, register }: AccountFormProps) {
  const [isNew, setIsNew] = useState(false);
  const { busy, error, run } = useAsyncAction(async (fields: Fields) => {
    const credentials = { email: fields('email'), password: fields('password') };
    const name = fields('name').trim();
    await (isNew && register
      ? register({ ...credentials, ...(name !== '' && { name }) })
      : signIn(credentials));
  });
  return (
    <Form onSubmit={(fields) => void run(fields)}>
      <h2>{isNew ? 'Create an account' : 'Sign in'}</h2>
      {isNew && <Field label="Name" hint="optional" name="name" autoComplete="name" />}
      <Field label="Email" name="email" type="email" autoComplete="username" required />
      <Field
        key={String(isNew)}
        label="Password"
        name="password"
        type="password"
        required
        {...(isNew
          ? { autoComplete: 'new-password', minLength: 8, hint: 'at least 8 characters' }
          : { autoComplete: 'current-password' })}
      />
      <ErrorMessage text={error} />
      <button type="submit" className="button wide" disabled={busy}>
        {isNew ? 'Create account' : 'Sign in'}
      </button>
      {register && (
        <p className="switch">
          {isNew ? 'You have an account?' : 'New here?'}{' '}
          <button type="button" className="link" onClick={() => setIsNew(!isNew)}>
            {isNew ? 'Sign in instead' : 'Create an account'}
          </button>
        </p>
      )}
    </Form>
  );
}
