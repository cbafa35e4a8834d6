import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { useCapabilities } from './attachments/use-capabilities.js';
import type { CurrentUser } from './auth/current-user.js';
import { NewChat } from './chat/new-chat.js';
import { OpenChat } from './chat/open-chat.js';
import { useDrafts } from './chat/use-drafts.js';
import { OpenConversations } from './conversations/open-conversations.js';
import { go, useOpenConversation } from './conversations/route.js';
import { Sidebar } from './conversations/sidebar.js';
import { useConversations } from './conversations/use-conversations.js';
import { Modal } from './ui/modal.js';
import { SkipLink } from './ui/skip-link.js';
import { useMedia } from './ui/use-media.js';
import { useShortcuts } from './ui/use-shortcuts.js';

/** Each is loaded when it is opened. */
const SearchDialog = lazy(() => import('./search/search-dialog.js'));
const SettingsDialog = lazy(() => import('./settings/settings-dialog.js'));
const ShortcutsDialog = lazy(() => import('./settings/shortcuts-dialog.js'));

/** The page of a person who is signed in: the list of their conversations, and the open one. */
export function Workspace({ user }: { readonly user: CurrentUser }) {
  const { client } = user;
  const conversations = useConversations(client.conversations);
  const opened = useMemo(() => new OpenConversations(client), [client]);
  const openId = useOpenConversation();
  // After signing out, the next person must not land in this person's conversation.
  useEffect(() => () => go(null), []);
  const drafts = useDrafts(client);
  const capabilities = useCapabilities(client);
  const isNarrow = useMedia('(width < 56rem)');
  const [drawer, setDrawer] = useState(false);
  const [panel, setPanel] = useState(false);
  const [dialog, setDialog] = useState<'search' | 'settings' | 'shortcuts' | null>(null);
  const closeDrawer = () => setDrawer(false);
  const closeDialog = () => setDialog(null);
  const open = useCallback((name: 'search' | 'settings' | 'shortcuts') => {
    setDrawer(false);
    setDialog(name);
  }, []);
  const onSearch = useCallback(() => open('search'), [open]);
  const onShortcuts = useCallback(() => open('shortcuts'), [open]);
  useShortcuts(onSearch, onShortcuts);
  const sidebar = { user, conversations, openId, onSearch, onSettings: () => open('settings') };
  const shared = {
    conversations,
    opened,
    drafts,
    capabilities,
    ...(isNarrow && { onMenu: () => setDrawer(true) }),
  };
  return (
    <div className="workspace">
      <SkipLink />
      {isNarrow ? (
        drawer && (
          <Modal label="Conversations" className="drawer" onClose={closeDrawer}>
            <Sidebar {...sidebar} onClose={closeDrawer} />
          </Modal>
        )
      ) : (
        <aside className="side">
          <Sidebar {...sidebar} />
        </aside>
      )}
      {openId === null ? (
        <NewChat {...shared} />
      ) : (
        <OpenChat key={openId} id={openId} {...shared} panel={panel} onPanel={setPanel} />
      )}
      <Suspense fallback={null}>
        {dialog === 'search' && <SearchDialog client={client} onClose={closeDialog} />}
        {dialog === 'settings' && (
          <SettingsDialog user={user} onShortcuts={onShortcuts} onClose={closeDialog} />
        )}
        {dialog === 'shortcuts' && <ShortcutsDialog onClose={closeDialog} />}
      </Suspense>
    </div>
  );
}
