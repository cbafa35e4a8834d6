import { createRoot } from 'react-dom/client';
import { browserOutbox, browserSession, createClient, createSession } from '../client/index.js';
import { App } from './app.js';
import { AccountAuth } from './auth/account-auth.js';
import type { Authentication } from './auth/current-user.js';
import { signInOffer } from './auth/sign-in-offer.js';
import { TokenAuth } from './auth/token-auth.js';
import { forgetOutbox, onOtherTabs, storageOf } from './storage.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/welcome.css';
import './styles/workspace.css';
import './styles/chat.css';
import './styles/message.css';
import './styles/attachments.css';
import './styles/prose.css';
import './styles/connection.css';
import './styles/narrow.css';
import './styles/print.css';
import { applyTextSize } from './ui/text-size.js';
import { applyTheme } from './ui/theme.js';

const url = location.origin;

function access(): Authentication {
  const { accounts, registration, demo } = signInOffer(document);
  const kept = storageOf('localStorage');
  const outbox = browserOutbox('veda', kept);
  const forget = () => forgetOutbox(kept);
  if (!accounts) {
    const newClient = (getToken: (refused?: string) => Promise<string>) =>
      createClient({ url, getToken, outbox });
    return new TokenAuth({ newClient, storage: storageOf('sessionStorage'), forget });
  }
  const session = createSession({ url, store: browserSession('veda', kept) });
  const newClient = () => createClient({ url, getToken: (refused) => session.getToken(refused), outbox });
  return new AccountAuth({ session, newClient, onOtherTabs, forget, registration, demo });
}

applyTheme();
applyTextSize();
const root = document.getElementById('root');
if (root) createRoot(root).render(<App access={access()} />);
