import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { Frame } from '../../src/protocol/frames.js';
import type { Message } from '../../src/protocol/message.js';
import { type Person, Transcript } from './client.js';
import { Moment } from './moment.js';

/** How much of an answer a client must have for it to be in the middle, in UTF-16 units. */
const MIDDLE = 300;

/** Clients that read a conversation from a cursor to its end, each at a gateway. */
export class Watchers {
  readonly transcripts: readonly Transcript[];
  /** All of them are in the middle of an answer. */
  readonly inMiddle: Promise<unknown>;
  /** All of them were told that nothing is running any more. */
  readonly over: Promise<unknown>;

  constructor(people: readonly Person[], conversation: string, cursor: string) {
    const reads = people.map(() => new Transcript());
    const middles = reads.map(() => new Moment());
    const query = `?until=done&cursor=${cursor}`;
    this.transcripts = reads;
    this.inMiddle = Promise.all(middles.map(({ come }) => come));
    this.over = Promise.all(
      people.map((person, index) =>
        read(person.stream(conversation, { query }), reads[index] as Transcript, middles[index]?.happen),
      ),
    );
  }

  /** Each was told the end of an echo of `text`, and shows it to the byte, without having been told to drop anything. */
  expectWhole(text: string, status: Message['status'] = 'complete'): void {
    for (const transcript of this.transcripts) {
      const { frames } = transcript;
      const done = frames.find((frame) => frame.type === 'done');
      if (!done) throw new Error(`ended with ${frames.at(-1)?.type}`);
      expect(done.message).toMatchObject({ status, content: `${text}\n\n${DISCLAIMER}` });
      expect(transcript.textOf(done.messageId)).toBe(done.message.content);
      expect(frames.filter(({ type }) => type === 'reset')).toEqual([]);
    }
  }
}

async function read(
  events: AsyncIterable<{ frame: Frame }>,
  transcript: Transcript,
  onMiddle: (() => void) | undefined,
): Promise<void> {
  for await (const { frame } of events) {
    transcript.take(frame);
    if (frame.type === 'chunk' && transcript.textOf(frame.messageId).length > MIDDLE) onMiddle?.();
  }
}
