import { useEffect } from 'react';
import icon from '../icon.svg';
import { EmergencyNotice } from '../ui/emergency-notice.js';
import { ThemeSwitch } from '../ui/theme-switch.js';
import { AccountForm } from './account-form.js';
import { DemoButton } from './demo-button.js';
import type { SignInMethods } from './sign-in-methods.js';
import { TokenForm } from './token-form.js';

/** Shown when nobody is signed in. */
export function SignInPage({ methods }: { readonly methods: SignInMethods }) {
  useEffect(() => {
    // After signing out, the title would still be that of a conversation.
    document.title = 'veda';
  }, []);
  return (
    <div className="welcome">
      <header className="corner">
        <ThemeSwitch />
      </header>
      <main className="card">
        <img src={icon} alt="" width="56" height="56" />
        <h1>veda</h1>
        <p className="lead">Ask about symptoms, medicines and staying well.</p>
        {methods.kind === 'token' && <TokenForm signIn={methods.signIn} />}
        {methods.kind === 'accounts' && methods.demo && <DemoButton signIn={methods.demo} />}
        {methods.kind === 'accounts' && <AccountForm signIn={methods.signIn} register={methods.register} />}
      </main>
      <footer>
        <EmergencyNotice />
      </footer>
    </div>
  );
}
