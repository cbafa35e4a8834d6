import { useSyncExternalStore } from 'react';
import type { Access } from './access/visitor.js';
import { Welcome } from './access/welcome.js';
import { Announcer } from './ui/announcer.js';
import { ErrorBoundary } from './ui/error-boundary.js';
import { PageFailure } from './ui/page-failure.js';
import { Workspace } from './workspace.js';

export function App({ access }: { readonly access: Access }) {
  const visitor = useSyncExternalStore(access.subscribe, () => access.visitor);
  if (visitor === undefined) return null;
  return (
    <ErrorBoundary fallback={<PageFailure />}>
      <Announcer>{visitor ? <Workspace visitor={visitor} /> : <Welcome ways={access.ways} />}</Announcer>
    </ErrorBoundary>
  );
}
