import { useEffect, useState } from 'react';
import { useConversation } from '../../client/react.js';
import { ConnectionButton } from '../connection/connection-button.js';
import { ConnectionPanel } from '../connection/panel.js';
import { titleFrom, titleOf } from '../conversations/title.js';
import { useSummary } from '../conversations/use-summary.js';
import { useTask } from '../ui/use-task.js';
import { ChatHeader } from './chat-header.js';
import { Composer } from './composer.js';
import { ConnectionNotice } from './connection-notice.js';
import { Gone } from './gone.js';
import { Messages } from './messages.js';
import type { ChatProps } from './new-chat.js';
import { runningAnswer } from './running-answer.js';
import { useAnswersAnnounced } from './use-answers-announced.js';
import { useEscape } from './use-escape.js';

export interface OpenChatProps extends ChatProps {
  readonly id: string;
  readonly panel: boolean;
  readonly onPanel: (open: boolean) => void;
}

/** A conversation, from its history to what is being written. */
export function OpenChat({ id, conversations, opened, drafts, onMenu, panel, onPanel }: OpenChatProps) {
  const [{ conversation, journal }] = useState(() => opened.open(id));
  useEffect(() => () => opened.leave(id), [opened, id]);
  const { view } = useConversation(opened.client, id);
  const summary = useSummary(conversations, id);
  useAnswersAnnounced(view.messages);
  const running = runningAnswer(view.messages);
  const stopping = useTask(async () => running && conversation.stop(running.id));
  const stop = running && (() => void stopping.run());

  useEscape(stop);

  const send = (text: string) => {
    // What becomes of it is shown among the messages.
    conversation.send({ text }).catch(() => {});
    drafts.keep(id, '');
    if (summary?.title === null) conversations.rename(id, titleFrom(text)).catch(() => {});
  };

  if (view.error?.code === 'not_found') return <Gone conversations={conversations} onMenu={onMenu} />;
  return (
    <>
      <div className="chat">
        <ChatHeader title={summary ? titleOf(summary) : 'Conversation'} onMenu={onMenu}>
          <ConnectionButton view={view} isOpen={panel} onToggle={() => onPanel(!panel)} />
        </ChatHeader>
        <Messages conversation={conversation} view={view} />
        <ConnectionNotice view={view} onWake={() => conversation.wake()} />
        <Composer
          text={drafts.of(id)}
          onText={(text) => drafts.keep(id, text)}
          onSend={send}
          onStop={stop}
          error={stopping.error}
        />
      </div>
      {panel && (
        <ConnectionPanel
          conversation={conversation}
          view={view}
          journal={journal}
          onClose={() => onPanel(false)}
        />
      )}
    </>
  );
}
