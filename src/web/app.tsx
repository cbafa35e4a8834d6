import { useSyncExternalStore } from 'react';
import type { Authentication } from './auth/current-user.js';
import { SignInPage } from './auth/sign-in-page.js';
import { Announcer } from './ui/announcer.js';
import { ErrorBoundary } from './ui/error-boundary.js';
import { PageFailure } from './ui/page-failure.js';
import { Workspace } from './workspace.js';

export function App({ access }: { readonly access: Authentication }) {
  const user = useSyncExternalStore(access.subscribe, () => access.user);
  if (user === undefined) return null;
  return (
    <ErrorBoundary fallback={<PageFailure />}>
      <Announcer>{user ? <Workspace user={user} /> : <SignInPage methods={access.methods} />}</Announcer>
    </ErrorBoundary>
  );
}
