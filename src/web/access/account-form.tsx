import { useState } from 'react';
import { Field } from '../ui/field.js';
import { type Fields, Form } from '../ui/form.js';
import { Problem } from '../ui/problem.js';
import { useTask } from '../ui/use-task.js';
import type { AccountWays } from './ways.js';

export type AccountFormProps = Pick<AccountWays, 'signIn' | 'register'>;

/** Signs in, or makes an account and signs in. */
export function AccountForm({ signIn, register }: AccountFormProps) {
  const [isNew, setIsNew] = useState(false);
  const { busy, error, run } = useTask(async (fields: Fields) => {
    const credentials = { email: fields('email'), password: fields('password') };
    const name = fields('name').trim();
    await (isNew ? register({ ...credentials, ...(name !== '' && { name }) }) : signIn(credentials));
  });
  return (
    <Form onSubmit={(fields) => void run(fields)}>
      <h2>{isNew ? 'Create an account' : 'Sign in'}</h2>
      {isNew && <Field label="Name" hint="optional" name="name" autoComplete="name" maxLength={200} />}
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
      <Problem words={error} />
      <button type="submit" className="button wide" disabled={busy}>
        {isNew ? 'Create account' : 'Sign in'}
      </button>
      <p className="switch">
        {isNew ? 'You have an account?' : 'New here?'}{' '}
        <button type="button" className="link" onClick={() => setIsNew(!isNew)}>
          {isNew ? 'Sign in instead' : 'Create an account'}
        </button>
      </p>
    </Form>
  );
}
