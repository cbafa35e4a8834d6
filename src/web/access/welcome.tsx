import { useEffect } from 'react';
import icon from '../icon.svg';
import { Notice } from '../ui/notice.js';
import { ThemeSwitch } from '../ui/theme-switch.js';
import { AccountForm } from './account-form.js';
import { DemoButton } from './demo-button.js';
import { TokenForm } from './token-form.js';
import type { Ways } from './ways.js';

/** For who is not signed in. */
export function Welcome({ ways }: { readonly ways: Ways }) {
  useEffect(() => {
    // It was that of a conversation, if somebody has just signed out.
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
        {ways.kind === 'token' && <TokenForm enter={ways.enter} />}
        {ways.kind === 'accounts' && ways.demo && <DemoButton enter={ways.demo} />}
        {ways.kind === 'accounts' && <AccountForm signIn={ways.signIn} register={ways.register} />}
      </main>
      <footer>
        <Notice />
      </footer>
    </div>
  );
}
