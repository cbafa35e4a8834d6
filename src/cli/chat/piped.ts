import { createInterface } from 'node:readline';
import { EXIT, type ExitCode } from '../exit.js';
import type { Terminal } from '../terminal.js';
import type { ChatSession } from './chat-session.js';

/**
 * Each line of stdin is a message; the next one is sent when its answer has ended. Files without a line are a message, too. Ctrl-C stops the answer and then ends the
 * chat; a second Ctrl-C does not wait for the stop.
 */
export async function runPiped(session: ChatSession, terminal: Terminal): Promise<ExitCode> {
  const lines = createInterface({ input: terminal.stdin });
  let interrupts = 0;
  let leave: () => void = () => {};
  const left = new Promise<'left'>((resolve) => {
    leave = () => resolve('left');
  });
  const unsubscribe = terminal.onInterrupt(() => {
    interrupts += 1;
    if (interrupts > 1 || !session.isAnswering) leave();
    // The server may not get it; the second Ctrl-C ends the chat then.
    else session.stop().catch(() => {});
  });
  let failed = false;
  try {
    for (const input = lines[Symbol.asyncIterator](); ; ) {
      const line = await Promise.race([input.next(), left]);
      if (line === 'left' || (line.done && !session.hasFiles)) break;
      const text = line.done ? '' : line.value;
      if (text.trim() === '' && !line.done) continue;
      const ending = await Promise.race([session.send(text), left]);
      if (ending !== 'complete' && ending !== 'stopped') failed = true;
      if (interrupts > 0) break;
    }
  } finally {
    unsubscribe();
    lines.close();
  }
  if (interrupts > 0) return EXIT.interrupted;
  return failed ? EXIT.failed : EXIT.ok;
}
