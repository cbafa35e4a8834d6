import type { StoredMessage, ViewMessage } from '../../client/api.js';

/** The answer that is being written. Without one, the first that waits. */
export function runningAnswer(messages: readonly ViewMessage[]): StoredMessage | undefined {
  return messages.filter(isRunning).toSorted((a, b) => order(a) - order(b))[0];
}

export function isRunning(message: ViewMessage): message is StoredMessage {
  return message.status === 'streaming' || message.status === 'queued';
}

function order({ status }: StoredMessage): number {
  return status === 'streaming' ? 0 : 1;
}
