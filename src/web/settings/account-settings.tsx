import { useState } from 'react';
import type { CurrentUser } from '../auth/current-user.js';
import { ErrorMessage } from '../ui/error-message.js';
import { Field } from '../ui/field.js';
import { Form } from '../ui/form.js';
import { saveFile } from '../ui/save-file.js';
import { useAsyncAction } from '../ui/use-async-action.js';

/** Takes everything that is kept of the person along, or has it erased. */
export function AccountSettings({ user }: { readonly user: CurrentUser }) {
  const { account } = user.client;
  const [deleting, setDeleting] = useState(false);
  const saving = useAsyncAction(async () => saveFile('veda-export.json', await account.export()));
  const removing = useAsyncAction(async (password: string) => {
    await account.remove(password === '' ? undefined : password);
    await user.signOut();
  });
  return (
    <section className="setting" aria-labelledby="account-heading">
      <h3 id="account-heading">Your data</h3>
      <p className="hint">
        Everything that is kept of you, as one file, with your conversations and pictures.
      </p>
      <button type="button" className="button" disabled={saving.busy} onClick={() => void saving.run()}>
        {saving.busy ? 'Loading …' : 'Save all my data'}
      </button>
      <ErrorMessage text={saving.error} />
      {deleting ? (
        <Form onSubmit={(fields) => void removing.run(fields('password'))}>
          <p>
            <strong>The account and all its conversations are erased for good.</strong> You are signed out
            everywhere.
          </p>
          <Field
            label="Password"
            hint="if your account has one"
            name="password"
            type="password"
            autoComplete="current-password"
            autoFocus
          />
          <ErrorMessage text={removing.error} />
          <div className="buttons">
            <button type="button" className="button quiet" onClick={() => setDeleting(false)}>
              Keep it
            </button>
            <button type="submit" className="button danger" disabled={removing.busy}>
              Delete my account for good
            </button>
          </div>
        </Form>
      ) : (
        <button type="button" className="button danger" onClick={() => setDeleting(true)}>
          Delete my account …
        </button>
      )}
    </section>
  );
}
