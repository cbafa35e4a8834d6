import { PAGE_BYTES, type Read } from '../../../src/generation/generation-log.js';
import { conversationTopic } from '../../../src/kernel/notifier.js';
import type { LogReader } from '../../support/log-reader.js';
import { bytes, COMPLETE, LogScene, type LogSubject } from './scene.js';

export function describeReading(subject: () => LogSubject): void {
  let scene: LogScene;
  beforeEach(() => {
    scene = new LogScene(subject());
  });
  afterEach(() => scene.end());

  it('gives what is there as one text, then the end', async () => {
    await scene.writeWhole('नमस्ते 👩‍⚕️');
    const reader = scene.read();
    await reader.toEnd();
    expect(reader).toMatchObject({ text: 'नमस्ते 👩‍⚕️', texts: 1 });
    expect(reader.cursor).toEqual({ seq: 3, attempt: 1, position: bytes('नमस्ते 👩‍⚕️') + 1 });
  });

  it('waits for a log, and gives what is appended as it is appended', async () => {
    const reader = scene.read();
    await reader.until('waiting');
    const writer = await scene.write(1, 0);
    for (const [at, text] of [
      [0, 'é'],
      [2, '👋'],
      [6, '.'],
    ] as const) {
      await scene.append(writer, at, text);
      expect(await reader.until('text')).toMatchObject({ text, cursor: { position: at + bytes(text) } });
    }
  });

  it('is read the same from elsewhere', async () => {
    const reader = scene.read(undefined, scene.subject.elsewhere);
    await reader.until('waiting');
    await scene.writeWhole('text');
    await reader.toEnd();
    expect(reader.text).toBe('text');
  });

  it('gives readers of different places what follows each, and no more', async () => {
    const writer = await scene.write(1, 0, 'aéb👋');
    const readers = [scene.read(), scene.read(scene.place(1, 'a')), scene.read(scene.place(1, 'aéb'))];
    await Promise.all(readers.map((reader) => reader.until('waiting')));
    await scene.append(writer, 8, 'c', COMPLETE);
    await scene.log.close(scene.ref);
    await Promise.all(readers.map((reader) => reader.toEnd()));
    expect(readers.map(({ text }) => text)).toEqual(['aéb👋c', 'aéb👋c', 'aéb👋c']);
  });

  it('cuts pages at whole characters', async () => {
    const text = 'x'.repeat(PAGE_BYTES - 1) + '👋'.repeat(PAGE_BYTES / 2);
    await scene.writeWhole(text);
    const reader = scene.read();
    await reader.toEnd();
    expect(reader.text === text).toBe(true);
    expect(reader.texts).toBe(3);
  });

  it('gives pages to one who is far behind the others', async () => {
    const text = `x${'é'.repeat(PAGE_BYTES * 2)}`;
    await scene.write(1, 0, text);
    const [ahead, behind] = [scene.read(scene.place(1, text)), scene.read()];
    await ahead.until('waiting');
    await behind.until('waiting');
    expect(behind.text === text).toBe(true);
  });

  it('gives what is new of an append that is made again with more', async () => {
    const writer = await scene.write(1, 0, 'ab');
    const reader = scene.read();
    await reader.untilText('ab');
    await scene.append(writer, 0, 'abcd');
    expect(await reader.until('text')).toMatchObject({ text: 'cd' });
  });

  it('goes on when the log is restored', async () => {
    const writer = await scene.write(1, 0, 'text');
    const reader = scene.read(scene.place(1, 'te'));
    await scene.log.erase([scene.ref]);
    await reader.until('waiting');
    await writer.restore({ text: 'text', attempts: [{ attempt: 1, start: 0 }] });
    await reader.untilText('text');
    expect(reader.resets).toBe(0);
  });

  it('gives a reader that was busy all that came meanwhile as one text', async () => {
    const writer = await scene.write(1, 0, 'a');
    const [busy, eager] = [scene.read(), scene.read()];
    await busy.until('waiting');
    for (let at = 1; at < 10; at++) await scene.append(writer, at, 'b');
    await eager.untilText('abbbbbbbbb');
    expect(await busy.until('text')).toMatchObject({ text: 'bbbbbbbbb' });
  });

  it('ends when the text is whole and the log closed, not before', async () => {
    const writer = await scene.write(1, 0, 'text');
    const reader = scene.read();
    await reader.until('waiting');
    await scene.append(writer, 4, '!', COMPLETE);
    await reader.until('waiting');
    await scene.log.close(scene.ref);
    expect(await reader.until('end')).toEqual({ kind: 'end', cursor: { seq: 3, attempt: 1, position: 6 } });
    expect(await reader.next()).toBeUndefined();
  });

  it('does not end by a close alone: only an outcome says that the text is whole', async () => {
    await scene.write(1, 0, 'text');
    const reader = scene.read();
    await reader.until('waiting');
    await scene.log.close(scene.ref);
    expect(await reader.next()).toMatchObject({ kind: 'waiting' });
  });

  it('ends an answer without text', async () => {
    const writer = await scene.write(1, 0);
    await scene.append(writer, 0, '', { status: 'failed' });
    await scene.log.close(scene.ref);
    expect(await scene.read().next()).toEqual({ kind: 'end', cursor: { seq: 3, attempt: 1, position: 1 } });
  });

  it('wakes readers when a log that is not there is closed or erased', async () => {
    const reader = scene.read();
    const [afterClose] = await nextOfQuiet(reader);
    await scene.log.close(scene.ref);
    expect(await afterClose).toMatchObject({ kind: 'waiting' });
    const [afterErase] = await nextOfQuiet(reader);
    await scene.log.erase([scene.ref]);
    expect(await afterErase).toMatchObject({ kind: 'waiting' });
  });

  /** The next read, as a promise that a reader without news has not settled while the log was asked a few times. */
  async function nextOfQuiet(reader: LogReader): Promise<[Promise<Read | undefined>]> {
    for (;;) {
      let quiet = true;
      const next = reader.next().finally(() => {
        quiet = false;
      });
      for (let asked = 0; asked < 5; asked++) await scene.log.peek(scene.ref);
      if (quiet) return [next];
    }
  }

  it('does not tell readers of an attempt that goes on at the end', async () => {
    await scene.write(1, 0, 'one ');
    const reader = scene.read();
    await reader.until('waiting');
    await scene.write(2, 4, 'two');
    await reader.untilText('one two');
    expect(reader.resets).toBe(0);
    expect(reader.cursor.attempt).toBe(2);
  });

  it('resets readers of text that a later attempt dropped', async () => {
    await scene.write(1, 0, 'one ');
    const behind = scene.read();
    await behind.untilText('one ');
    const second = await scene.write(2, 0);
    expect(await behind.until('reset')).toEqual({
      kind: 'reset',
      cursor: { seq: 3, attempt: 2, position: 0 },
    });
    await scene.append(second, 0, 'two');
    await behind.untilText('two');
  });

  it('resets only those that have the dropped text', async () => {
    await scene.write(1, 0, 'one two');
    await scene.write(2, 4, '2');
    const [kept, dropped] = [scene.read(scene.place(1, 'one ')), scene.read(scene.place(1, 'one t'))];
    await Promise.all([kept.untilText('one 2'), dropped.untilText('one 2')]);
    expect([kept.resets, dropped.resets]).toEqual([0, 1]);
  });

  it('goes forward after a reset, even if the attempt that caused it has written nothing yet', async () => {
    await scene.write(1, 0, 'one two');
    await scene.write(2, 4);
    const reader = scene.read(scene.place(1, 'one two'));
    await reader.until('waiting');
    expect(reader).toMatchObject({ text: 'one ', resets: 1, cursor: { attempt: 2, position: 4 } });
  });

  it('resets readers of an attempt that the log has lost, when another went on without it', async () => {
    await scene.write(1, 0, 'one');
    await scene.write(3, 3, 'x');
    const reader = scene.read(scene.place(2, 'two'));
    await reader.untilText('onex');
    expect(reader.resets).toBe(1);
  });

  it('resets readers that stand inside a character', async () => {
    await scene.write(1, 0, 'a👋');
    const reader = scene.read({ cursor: { seq: 3, attempt: 1, position: 3 }, text: 'a??' });
    await reader.untilText('a👋');
    expect(reader.resets).toBe(1);
  });

  it('leaves readers waiting that are ahead of the log', async () => {
    await scene.writeWhole('text');
    const [ahead, later] = [scene.read(scene.place(1, 'text and more')), scene.read(scene.place(2, 'te'))];
    expect(await ahead.next()).toMatchObject({ kind: 'waiting', cursor: { attempt: 1, position: 13 } });
    expect(await later.next()).toMatchObject({ kind: 'waiting', cursor: { attempt: 2, position: 2 } });
  });

  it('has waiting readers look again at a ring, and every five seconds', async () => {
    const reader = scene.read();
    await reader.until('waiting');
    scene.subject.notifier.notify(conversationTopic(scene.ref.conversationId));
    await reader.until('waiting');
    scene.subject.clock.advance(5000);
    await reader.until('waiting');
  });

  it('ends quietly when aborted, also before it began', async () => {
    await scene.write(1, 0, 'text');
    const abort = new AbortController();
    const read = (text: string): AsyncIterator<Read, void> =>
      scene.log.read(scene.ref, scene.place(1, text).cursor, abort.signal)[Symbol.asyncIterator]();
    const [early, late] = [read('text'), read('te')];
    expect(await early.next()).toMatchObject({ value: { kind: 'waiting' } });
    const waiting = early.next();
    abort.abort();
    expect(await Promise.all([waiting, late.next()])).toMatchObject([{ done: true }, { done: true }]);
  });
}
