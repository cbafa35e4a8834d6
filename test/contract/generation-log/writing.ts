import { bytes, COMPLETE, LogScene, type LogSubject } from './scene.js';

export function describeWriting(subject: () => LogSubject): void {
  let scene: LogScene;
  beforeEach(() => {
    scene = new LogScene(subject());
  });

  it('finds nothing in a new log', async () => {
    expect(await scene.log.peek(scene.ref)).toBeUndefined();
    expect((await scene.open(2)).snapshot).toEqual({ text: '', attempts: [] });
    expect(await scene.log.peek(scene.ref)).toEqual({ text: '', attempts: [] });
  });

  it('begins attempt 1 as it is opened', async () => {
    const { writer, snapshot } = await scene.open(1);
    expect(snapshot).toEqual({ text: '', attempts: [{ attempt: 1, start: 0 }] });
    expect(await writer.append(0, 'text')).toEqual({ kind: 'written', position: 4 });
    expect((await scene.open(1)).snapshot).toEqual({ text: 'text', attempts: [{ attempt: 1, start: 0 }] });
  });

  it('hands what is there to a later attempt', async () => {
    await scene.write(1, 0, 'नमस्ते');
    const second = await scene.write(2, bytes('नमस्ते'), ' 👩‍⚕️');
    await scene.append(second, bytes('नमस्ते 👩‍⚕️'), '.', COMPLETE);
    const held = {
      text: 'नमस्ते 👩‍⚕️.',
      attempts: [
        { attempt: 1, start: 0 },
        { attempt: 2, start: bytes('नमस्ते') },
      ],
      outcome: COMPLETE,
    };
    expect(await scene.log.peek(scene.ref)).toEqual(held);
    expect((await scene.open(3)).snapshot).toEqual(held);
  });

  it('fences every lower attempt once a higher one has opened', async () => {
    const first = await scene.write(1, 0, 'one');
    const { snapshot } = await scene.open(3);
    const fenced = { kind: 'fenced' };
    expect(await scene.log.open(scene.ref, 2)).toEqual(fenced);
    expect(await first.begin(0)).toEqual(fenced);
    expect(await first.append(3, '!')).toEqual(fenced);
    expect(await first.restore({ ...snapshot, text: 'one and more' })).toEqual(fenced);
    expect(await scene.log.peek(scene.ref)).toEqual(snapshot);
  });

  it('opens again for the same attempt', async () => {
    await scene.open(1);
    await scene.write(1, 0, 'one');
    expect((await scene.open(1)).snapshot.text).toBe('one');
  });

  it('drops what lies after the start of an attempt, with the outcome', async () => {
    const first = await scene.write(1, 0, 'naïve');
    await scene.append(first, 6, '!', COMPLETE);
    const second = await scene.write(2, 4);
    const attempts = [
      { attempt: 1, start: 0 },
      { attempt: 2, start: 4 },
    ];
    expect(await scene.log.peek(scene.ref)).toEqual({ text: 'naï', attempts });
    // As long as the text that was sealed: the outcome of the attempt before must not come back.
    await scene.append(second, 4, 've.');
    expect(await scene.log.peek(scene.ref)).toEqual({ text: 'naïve.', attempts });
  });

  it('begins once: made again, it drops nothing', async () => {
    const writer = await scene.write(1, 0, 'text');
    expect(await writer.begin(0)).toEqual({ kind: 'written', position: 0 });
    expect((await scene.log.peek(scene.ref))?.text).toBe('text');
  });

  it('is lost to a writer that would leave a gap, or has not begun', async () => {
    const { writer } = await scene.open(2);
    expect(await writer.append(0, 'early')).toEqual({ kind: 'lost' });
    expect(await writer.begin(1)).toEqual({ kind: 'lost' });
    await writer.begin(0);
    expect(await writer.append(1, 'gap')).toEqual({ kind: 'lost' });
    expect((await scene.log.peek(scene.ref))?.text).toBe('');
  });

  it('takes an append that is made again only once', async () => {
    const writer = await scene.write(1, 0, 'a');
    await scene.append(writer, 1, 'é👋');
    await scene.append(writer, 1, 'é👋');
    expect((await scene.log.peek(scene.ref))?.text).toBe('aé👋');
  });

  it('takes the new part of an append that is made again with more', async () => {
    const writer = await scene.write(1, 0, 'aé');
    await scene.append(writer, 0, 'aé👋');
    await scene.append(writer, 0, 'aé👋!', COMPLETE);
    await scene.append(writer, 0, 'aé👋!', COMPLETE);
    expect(await scene.log.peek(scene.ref)).toMatchObject({ text: 'aé👋!', outcome: COMPLETE });
  });

  it('seals with an outcome alone', async () => {
    const writer = await scene.write(1, 0, 'text');
    await scene.append(writer, 4, '', COMPLETE);
    await scene.append(writer, 4, '', COMPLETE);
    expect(await scene.log.peek(scene.ref)).toMatchObject({ text: 'text', outcome: COMPLETE });
  });

  it('throws, and quotes nothing, when a writer contradicts itself', async () => {
    const writer = await scene.write(1, 0, 'secret');
    const contradictions = [
      () => writer.append(2, 'xyz'),
      () => writer.append(0, 'sec', COMPLETE),
      () => writer.append(6, '', COMPLETE).then(() => writer.append(6, 'xyz')),
      () => writer.append(6, '', { status: 'stopped' }),
    ];
    for (const contradict of contradictions) {
      const error = await contradict().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(Error);
      const { message } = error as Error;
      expect(JSON.stringify([message, error])).not.toMatch(/secret|xyz/);
    }
    expect(await scene.log.peek(scene.ref)).toMatchObject({ text: 'secret', outcome: COMPLETE });
  });

  it('is lost once erased, and can be restored whole', async () => {
    const writer = await scene.write(1, 0, 'नमस्ते');
    await scene.append(writer, bytes('नमस्ते'), '!', COMPLETE);
    const held = await scene.log.peek(scene.ref);
    await scene.log.erase([scene.ref]);
    expect(await scene.log.peek(scene.ref)).toBeUndefined();
    expect(await writer.append(bytes('नमस्ते'), '!', COMPLETE)).toEqual({ kind: 'lost' });
    expect(await writer.begin(0)).toEqual({ kind: 'lost' });
    expect(await writer.restore(held ?? { text: '', attempts: [] })).toEqual({
      kind: 'written',
      position: bytes('नमस्ते!'),
    });
    expect(await scene.log.peek(scene.ref)).toEqual(held);
    await scene.append(writer, bytes('नमस्ते'), '!', COMPLETE);
  });

  it('restores over a lower attempt', async () => {
    const attempts = [
      { attempt: 1, start: 0 },
      { attempt: 2, start: 4 },
    ];
    const first = await scene.write(1, 0, 'text');
    const { writer: second } = await scene.open(2);
    await scene.log.erase([scene.ref]);
    await first.restore({ text: 'text of the first', attempts: attempts.slice(0, 1) });
    expect(await second.append(4, '!')).toEqual({ kind: 'lost' });
    await second.restore({ text: 'text', attempts });
    expect(await first.append(17, '!')).toEqual({ kind: 'fenced' });
    expect(await scene.log.peek(scene.ref)).toEqual({ text: 'text', attempts });
  });

  it('restores the fence of an attempt that has not begun', async () => {
    const held = { text: 'text', attempts: [{ attempt: 1, start: 0 }] };
    const first = await scene.write(1, 0, 'text');
    const { writer: second } = await scene.open(2);
    await scene.log.erase([scene.ref]);
    await first.restore(held);
    await second.restore(held);
    expect(await second.begin(4)).toEqual({ kind: 'written', position: 4 });
  });

  it('restores nothing over what is no less', async () => {
    const writer = await scene.write(1, 0, 'text');
    const old = await scene.log.peek(scene.ref);
    await scene.append(writer, 4, ' and more', COMPLETE);
    const held = await scene.log.peek(scene.ref);
    expect(await writer.restore(old ?? { text: '', attempts: [] })).toEqual({ kind: 'written', position: 4 });
    expect(await scene.log.peek(scene.ref)).toEqual(held);
  });

  it('knows which positions are inside a character', async () => {
    await scene.write(1, 0, 'a👋');
    const starts = await Promise.all(
      [0, 1, 2, 4, 5, 9].map((at) => scene.log.startsCharacter(scene.ref, at)),
    );
    expect(starts).toEqual([true, true, false, false, true, true]);
  });
}
