import { lazy, Suspense, useEffect, useState } from 'react';
import { useConversation } from '../../client/react.js';
import { ConnectionButton } from '../connection/connection-button.js';
import { ConnectionPanel } from '../connection/panel.js';
import { titleOf } from '../conversations/title.js';
import { useSummary } from '../conversations/use-summary.js';
import { Icon } from '../ui/icon.js';
import { useAsyncAction } from '../ui/use-async-action.js';
import { ChatHeader } from './chat-header.js';
import { Composer } from './composer.js';
import { ConnectionNotice } from './connection-notice.js';
import { ConversationNotFound } from './conversation-not-found.js';
import { Messages } from './messages.js';
import type { ChatProps } from './new-chat.js';
import { runningAnswer } from './running-answer.js';
import { useAnnounceAnswers } from './use-announce-answers.js';
import { useEscape } from './use-escape.js';
import { useListRefresh } from './use-list-refresh.js';

/** Loaded when it is opened. */
const ConversationDialog = lazy(() => import('../reading/conversation-dialog.js'));

export interface OpenChatProps extends ChatProps {
  readonly id: string;
  readonly panel: boolean;
  readonly onPanel: (open: boolean) => void;
}

/** An open conversation: its messages, and where the next one is written. */
export function OpenChat({
  id,
  conversations,
  opened,
  drafts,
  capabilities,
  onMenu,
  panel,
  onPanel,
}: OpenChatProps) {
  const files = drafts.filesOf(id);
  const [{ conversation, eventLog }] = useState(() => opened.open(id));
  useEffect(() => () => opened.leave(id), [opened, id]);
  const { view } = useConversation(opened.client, id);
  const summary = useSummary(conversations, id);
  const [saving, setSaving] = useState(false);
  useAnnounceAnswers(view.messages);
  useListRefresh(conversations.reload, view.messages);
  const running = runningAnswer(view.messages);
  const stopping = useAsyncAction(async () => running && conversation.stop(running.id));
  const stop = running && (() => void stopping.run());

  useEscape(stop);

  const send = (text: string) => {
    // The messages show whether it was sent.
    conversation.send({ text, attachments: files.take() }).catch(() => {});
    drafts.keep(id, '');
  };

  if (view.error?.code === 'not_found')
    return <ConversationNotFound conversations={conversations} onMenu={onMenu} />;
  return (
    <>
      <div className="chat">
        <ChatHeader title={summary ? titleOf(summary) : 'Conversation'} onMenu={onMenu}>
          <button
            type="button"
            className="icon-button"
            aria-label="Print or save the conversation"
            title="Print or save the conversation"
            aria-haspopup="dialog"
            onClick={() => setSaving(true)}
          >
            <Icon name="save" />
          </button>
          <ConnectionButton view={view} isOpen={panel} onToggle={() => onPanel(!panel)} />
        </ChatHeader>
        <Messages client={opened.client} conversation={conversation} view={view} />
        <ConnectionNotice view={view} onWake={() => conversation.wake()} />
        <Composer
          text={drafts.of(id)}
          onText={(text) => drafts.keep(id, text)}
          onSend={send}
          client={opened.client}
          capabilities={capabilities}
          files={files}
          onStop={stop}
          error={stopping.error}
        />
      </div>
      {saving && (
        <Suspense fallback={null}>
          <ConversationDialog
            conversation={conversation}
            summary={summary}
            onClose={() => setSaving(false)}
          />
        </Suspense>
      )}
      {panel && (
        <ConnectionPanel
          conversation={conversation}
          view={view}
          eventLog={eventLog}
          onClose={() => onPanel(false)}
        />
      )}
    </>
  );
}
