import { setImmediate as turn } from 'node:timers/promises';
import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { FollowEvent, FollowOptions, Start } from '../../src/generation/follow.js';
import type { GenerationRef } from '../../src/generation/generation-log.js';
import { ProviderError, ShortageError } from '../../src/generation/provider.js';
import { beforeAccepted, type Cursor, formatCursor } from '../../src/protocol/cursor.js';
import { Moment } from '../support/moment.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { LOGS, openWorld, type World } from '../support/world.js';

const ENDING = `\n\n${DISCLAIMER}`;
const TEXT = 'नमस्ते 🩺 é — take care of your­self 👩🏽‍⚕️.';

/** A client: what it shows, and where it stands. */
class Reader {
  text = '';
  cursor: Cursor | undefined;
  resets = 0;
  readonly kinds: string[] = [];
  readonly #events: AsyncGenerator<FollowEvent, void>;
  readonly #abort = new AbortController();

  constructor(world: World, id: string, options: FollowOptions) {
    this.#events = world.follow(id, options, this.#abort.signal);
  }

  async next(): Promise<FollowEvent | undefined> {
    const { value } = await this.#events.next();
    if (!value) return undefined;
    this.kinds.push(value.kind);
    if (value.kind === 'text') this.text += value.text;
    if (value.kind === 'reset') {
      this.text = '';
      this.resets++;
    }
    if ('cursor' in value) this.cursor = value.cursor;
    return value;
  }

  async until(kind: FollowEvent['kind']): Promise<FollowEvent> {
    for (;;) {
      const event = await this.next();
      if (!event) throw new Error(`the stream ended before ${kind}`);
      if (event.kind === kind) return event;
    }
  }

  async untilText(text: string): Promise<void> {
    while (this.text !== text) if (!(await this.next())) throw new Error('the stream ended before the text');
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#events.return();
  }
}

function atAccepted({ seq }: GenerationRef): { start: Start } {
  return { start: { cursor: beforeAccepted(seq), seq } };
}

describe.each(LOGS)('a generation with its log %s', (_, openLogs) => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld(openLogs);
  });

  afterAll(async () => {
    await world.close();
  });

  async function whole(id: string, ref: GenerationRef): Promise<Reader> {
    const reader = new Reader(world, id, { ...atAccepted(ref), until: { messageId: ref.messageId } });
    while (await reader.next());
    return reader;
  }

  /** An answer that a worker has begun with `said`, and a reader who has that. */
  async function begun(said: string) {
    const at = await world.conversation();
    const ref = await world.send(at);
    const reader = new Reader(world, at.id, atAccepted(ref));
    const provider = new ScriptedProvider();
    const worker = world.worker(provider);
    const run = worker.run(ref);
    const request = await provider.request();
    request.say(said);
    await reader.untilText(said);
    return { at, ref, reader, worker, run, request };
  }

  /** Another worker's attempt at it. */
  async function taken(ref: GenerationRef, continues = true) {
    const provider = new ScriptedProvider(continues);
    const run = world.worker(provider).run(ref);
    return { run, request: await provider.request() };
  }

  test('is accepted, written, ended with the disclaimer, and the row is what was read', async () => {
    const at = await world.conversation();
    const ref = await world.send(at);
    const reader = new Reader(world, at.id, atAccepted(ref));
    await reader.until('ready');
    const provider = new ScriptedProvider();
    const run = world.worker(provider).run(ref);
    const request = await provider.request();
    for (const character of TEXT) {
      request.say(character);
      await turn();
    }
    request.end();
    const ended = await reader.until('ended');
    if (ended.kind !== 'ended') throw new Error();
    expect(ended.message).toMatchObject({ status: 'complete', content: TEXT + ENDING });
    expect(reader.text).toBe(ended.message.content);
    expect(reader.kinds.slice(0, 2)).toEqual(['accepted', 'ready']);
    await run;
    await reader.stop();
  });

  test('is read on from every cursor that was given, while it runs and after it has ended', async () => {
    const at = await world.conversation();
    const ref = await world.send(at);
    const provider = new ScriptedProvider();
    const run = world.worker(provider).run(ref);
    const request = await provider.request();
    const watcher = new Reader(world, at.id, atAccepted(ref));
    const places: { cursor: Cursor; text: string }[] = [];
    for (const character of TEXT) {
      request.say(character);
      await watcher.untilText(watcher.text + character);
      places.push({ cursor: watcher.cursor ?? beforeAccepted(1), text: watcher.text });
    }
    const join = async (place: { cursor: Cursor; text: string }, goal: string) => {
      const reader = new Reader(world, at.id, { start: { cursor: place.cursor, seq: ref.seq } });
      reader.text = place.text;
      await reader.untilText(goal);
      await reader.stop();
      expect(reader.resets).toBe(0);
    };
    for (const place of places) await join(place, TEXT);
    request.end();
    await run;
    for (const place of places) await join(place, TEXT + ENDING);
    await watcher.stop();
  });

  test('goes on at the very character on another worker, and the reader does not notice', async () => {
    const { ref, reader } = await begun('Drink 🫖');
    await world.letLeaseRunOut(ref);
    const { run, request } = await taken(ref);
    expect(request.prompt.answer).toBe('Drink 🫖');
    request.say(' and rest.');
    request.end();
    await reader.until('ended');
    expect(reader.text).toBe(`Drink 🫖 and rest.${ENDING}`);
    expect(reader.resets).toBe(0);
    expect(formatCursor(reader.cursor ?? beforeAccepted(1))).toBe(
      `1.2.${Buffer.byteLength(reader.text) + 1}`,
    );
    await run;
    await reader.stop();
  });

  test('begins anew on a worker that cannot continue, and every reader is told', async () => {
    const { ref, reader } = await begun('Drink tea');
    await world.letLeaseRunOut(ref);
    const { run, request } = await taken(ref, false);
    expect(request.prompt.answer).toBe('');
    request.say('Sleep.');
    request.end();
    await reader.until('ended');
    expect(reader).toMatchObject({ text: `Sleep.${ENDING}`, resets: 1 });
    await run;
    await reader.stop();
  });

  test('a worker that lost its claim writes nothing that anybody sees', async () => {
    const { at, ref, reader, run: zombie, request: old } = await begun('One');
    await reader.stop();
    await world.letLeaseRunOut(ref);
    const { run, request } = await taken(ref);
    old.say(' ZOMBIE');
    await zombie;
    expect(old.signal.aborted).toBe(true);
    request.say(' two');
    request.end();
    await run;
    expect((await whole(at.id, ref)).text).toBe(`One two${ENDING}`);
  });

  test('survives the loss of every log in mid-answer without a reset', async () => {
    const at = await world.conversation();
    const ref = await world.send(at);
    const reader = new Reader(world, at.id, atAccepted(ref));
    const provider = new ScriptedProvider();
    const run = world.worker(provider).run(ref);
    const request = await provider.request();
    let expected = '';
    for (const word of TEXT.split(' ')) {
      request.say(`${word} `);
      expected += `${word} `;
      await reader.untilText(expected);
      await world.loseLogs();
    }
    request.end();
    await reader.until('ended');
    await run;
    expect(reader).toMatchObject({ text: expected + ENDING, resets: 0 });
    await reader.stop();
  });

  test('is read on while its rows cannot be asked, and its end told when they can', async () => {
    const at = await world.conversation();
    const ref = await world.send(at);
    const reader = new Reader(world, at.id, atAccepted(ref));
    const provider = new ScriptedProvider();
    const run = world.worker(provider).run(ref);
    const request = await provider.request();
    request.say('Half');
    await reader.untilText('Half');
    const { reader: rows } = world.rows;
    const asked = jest
      .spyOn(rows, 'find')
      .mockRejectedValue(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
    world.notifier.notify(`conversation:${at.id}`);
    request.say(' of it');
    await reader.untilText('Half of it');
    request.end();
    const ended = reader.until('ended');
    await run;
    while (asked.mock.calls.length < 3) await turn();
    asked.mockRestore();
    await ended;
    expect(reader).toMatchObject({ text: `Half of it${ENDING}`, resets: 0 });
    await reader.stop();
  });

  test('of a deleted conversation leaves nothing in the log, and its readers are told', async () => {
    const { at, ref, reader, run, request } = await begun('Secret');
    await world.rows.conversations.remove(at.userId, at.id);
    await world.loseLogs();
    request.say(' more');
    await run;
    expect(await world.log.peek(ref)).toBeUndefined();
    world.notifier.notify(`conversation:${at.id}`);
    await reader.until('gone');
    expect(await reader.next()).toBeUndefined();
  });

  test('of a deleted conversation leaves nothing in a log that was restored while nobody could be asked', async () => {
    const { at, ref, reader, worker, run, request } = await begun('Secret');
    await world.loseLogs();
    const { generations } = world.rows;
    const asked = generations.ownership.bind(generations);
    const restored = new Moment();
    const away = async () => {
      restored.happen();
      throw new Error('Postgres is away');
    };
    const ownership = jest.spyOn(generations, 'ownership');
    ownership.mockImplementationOnce(asked).mockImplementationOnce(away).mockImplementationOnce(away);
    request.say(' more');
    await restored.come;
    await world.rows.conversations.remove(at.userId, at.id);
    // As the renewal of the leases says it, which knows only that the row is not its own.
    worker.interrupt(ref.messageId, 'taken');
    await run;
    ownership.mockRestore();
    expect(await world.log.peek(ref)).toBeUndefined();
    await reader.stop();
  });

  test('of a deleted conversation leaves nothing in a restored log when a check from before the restore succeeds late', async () => {
    const { generations } = world.rows;
    const asked = generations.ownership.bind(generations);
    const late = new Moment();
    const restored = new Moment();
    const unavailable = async () => {
      restored.happen();
      throw new Error('Postgres is down');
    };
    // The first check, made as the attempt begins, is answered when the log has been restored after others.
    const ownership = jest.spyOn(generations, 'ownership').mockImplementationOnce(async (claim) => {
      const answer = await asked(claim);
      await late.come;
      return answer;
    });
    const { at, ref, reader, worker, run, request } = await begun('Secret');
    await world.loseLogs();
    ownership.mockImplementationOnce(asked).mockImplementation(unavailable);
    request.say(' more');
    await restored.come;
    late.happen();
    await turn();
    await world.rows.conversations.remove(at.userId, at.id);
    ownership.mockRestore();
    worker.interrupt(ref.messageId, 'taken');
    await run;
    expect(await world.log.peek(ref)).toBeUndefined();
    await reader.stop();
  });

  test('that is deleted just after its claim leaves no log behind', async () => {
    const at = await world.conversation();
    const ref = await world.send(at);
    const claim = await world.rows.generations.claim(ref.messageId, crypto.randomUUID(), 60_000);
    await world.rows.conversations.remove(at.userId, at.id);
    const claimed = jest.spyOn(world.rows.generations, 'claim').mockResolvedValueOnce(claim);
    await world.worker(new ScriptedProvider()).run(ref);
    claimed.mockRestore();
    expect(await world.log.peek(ref)).toBeUndefined();
  });

  test('that is stopped keeps its text with the disclaimer; the request is aborted', async () => {
    const { at, ref, reader, worker, run, request } = await begun('Half');
    await world.rows.conversations.requestStop(at.userId, at.id);
    world.notifier.notify(`conversation:${at.id}`);
    await reader.until('stopping');
    worker.interrupt(ref.messageId, 'stop');
    const ended = await reader.until('ended');
    expect(ended).toMatchObject({ message: { status: 'stopped', content: `Half${ENDING}` } });
    await run;
    expect(request.signal.aborted).toBe(true);
    await reader.stop();
  });

  test('that waits and is stopped is ended by whoever claims it, without asking the provider', async () => {
    const at = await world.conversation();
    const ref = await world.send(at);
    await world.rows.conversations.requestStop(at.userId, at.id);
    await world.worker(new ScriptedProvider()).run(ref);
    const reader = await whole(at.id, ref);
    expect(reader.kinds).toEqual(['accepted', 'ended']);
    expect(reader.text).toBe('');
    expect(formatCursor(reader.cursor ?? beforeAccepted(9))).toBe('1.1.1');
  });

  test.each([
    ['incomplete', 'Half', `Half${ENDING}`],
    ['failed', '', ''],
  ])('whose provider fails is %s', async (status, said, content) => {
    const at = await world.conversation();
    const ref = await world.send(at);
    const provider = new ScriptedProvider();
    const run = world.worker(provider).run(ref);
    const request = await provider.request();
    request.say(said);
    request.fail(new ProviderError('llm_unavailable', 'it is away'));
    await run;
    const { message } = (await world.rows.conversations.message(at.userId, at.id, ref.messageId)) ?? {};
    expect(message).toMatchObject({ status, content, error: { code: 'llm_unavailable' } });
  });

  test.each([
    ['blank text', ['\n\n', '  '], {}, 'failed', ''],
    ['part of its text, since the window is full', ['Half'], { cut: true }, 'incomplete', `Half${ENDING}`],
    ['the disclaimer alone', [DISCLAIMER, '\n'], {}, 'complete', ENDING],
    ['the disclaimer at its end', ['Rest.\n\n', DISCLAIMER, ' \n'], {}, 'complete', `Rest.${ENDING}`],
  ])('whose model gives %s', async (_, said, finished, status, content) => {
    const at = await world.conversation();
    const ref = await world.send(at);
    const provider = new ScriptedProvider();
    const run = world.worker(provider).run(ref);
    const request = await provider.request();
    for (const text of said) request.say(text);
    request.end(finished);
    await run;
    const { message } = (await world.rows.conversations.message(at.userId, at.id, ref.messageId)) ?? {};
    expect(message).toMatchObject({ status, content });
    if (status === 'complete') expect(message?.error).toBeUndefined();
    else expect(message?.error).toMatchObject({ code: 'llm_failed', message: expect.any(String) });
    expect((await whole(at.id, ref)).text).toBe(content);
  });

  test('says how many older messages did not fit', async () => {
    const at = await world.conversation();
    const answer = async (question: string) => {
      const ref = await world.send(at, question);
      const provider = new ScriptedProvider();
      const run = world.worker(provider, { promptTokens: 300 }).run(ref);
      const request = await provider.request();
      request.say('Yes.');
      request.end();
      await run;
      const { message } = (await world.rows.conversations.message(at.userId, at.id, ref.messageId)) ?? {};
      return { usage: message?.usage, turns: request.prompt.turns.map(({ text }) => text) };
    };
    expect(await answer('1'.repeat(150))).toMatchObject({ usage: { promptTokens: 1, completionTokens: 1 } });
    const { usage, turns } = await answer('2'.repeat(150));
    expect(turns).toEqual(['2'.repeat(150)]);
    expect(usage).toEqual({ promptTokens: 1, completionTokens: 1, omittedMessages: 2 });
  });

  test('whose message the model cannot take fails with the limit, and nothing is asked', async () => {
    const at = await world.conversation();
    const ref = await world.send(at, '7'.repeat(200));
    const provider = new ScriptedProvider();
    provider.longest = 100;
    await world.worker(provider).run(ref);
    const { message } = (await world.rows.conversations.message(at.userId, at.id, ref.messageId)) ?? {};
    expect(message).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('100 tokens') },
    });
    expect(provider.asked).toBe(0);
  });

  test('whose worker lacks resources of its own is given back, and does not count as failed', async () => {
    const at = await world.conversation();
    const ref = await world.send(at);
    const given = new ScriptedProvider();
    const queued = new Moment();
    const queue = { add: async () => queued.happen(), available: async () => true };
    const worker = world.worker(given, { failures: 0 }, { queue });
    const first = worker.run(ref);
    (await given.request()).fail(new ShortageError());
    await queued.come;
    const { run, request } = await taken(ref);
    request.say('Rest.');
    request.end();
    await run;
    await worker.drain(0);
    await first;
    expect((await whole(at.id, ref)).text).toBe(`Rest.${ENDING}`);
  });

  test.each([
    ['is stopped', 'stop'],
    ['is taken over', 'taken'],
    ['drains', 'drain'],
  ] as const)('that %s closes the generator of its provider, which ignores its signal', async (_, by) => {
    const { ref, reader, worker, run, request } = await begun('Half');
    worker.interrupt(ref.messageId, by);
    await run;
    expect(request.signal.aborted).toBe(true);
    request.say(' more');
    await request.closed;
    await reader.stop();
  });

  test('that grows too long is cut at a whole character and incomplete', async () => {
    const at = await world.conversation();
    const ref = await world.send(at);
    const provider = new ScriptedProvider();
    const run = world.worker(provider, { answerBytes: 10 }).run(ref);
    (await provider.request()).say('12345678🩺9');
    await run;
    const { message } = (await world.rows.conversations.message(at.userId, at.id, ref.messageId)) ?? {};
    expect(message).toMatchObject({ status: 'incomplete', content: `12345678${ENDING}` });
  });

  test('whose provider is silent for too long is ended with llm_timeout', async () => {
    const at = await world.conversation();
    const ref = await world.send(at);
    const provider = new ScriptedProvider();
    await world.worker(provider, { firstTokenMs: 20 }).run(ref);
    const { message } = (await world.rows.conversations.message(at.userId, at.id, ref.messageId)) ?? {};
    expect(message).toMatchObject({ status: 'failed', error: { code: 'llm_timeout' } });
  });

  test('is handed over in mid-answer when its worker drains', async () => {
    const { ref, reader, worker, run } = await begun('Handed');
    await worker.drain(0);
    await run;
    const { run: rerun, request } = await taken(ref);
    expect(request.prompt.answer).toBe('Handed');
    request.say(' over');
    request.end();
    await rerun;
    await reader.until('ended');
    expect(reader).toMatchObject({ text: `Handed over${ENDING}`, resets: 0 });
    await reader.stop();
  });

  test('without progress on several workers in a row is given up, its text kept', async () => {
    const { at, ref, reader } = await begun('Once');
    for (let failures = 0; failures <= 4; failures++) {
      await world.letLeaseRunOut(ref);
      const provider = new ScriptedProvider();
      const run = world.worker(provider, { failures: 3 }).run(ref);
      await Promise.race([provider.request(), run]);
    }
    await reader.until('ended');
    expect(reader.text).toBe(`Once${ENDING}`);
    await reader.stop();
    const { message } = (await world.rows.conversations.message(at.userId, at.id, ref.messageId)) ?? {};
    expect(message).toMatchObject({ status: 'incomplete', error: { code: 'llm_failed' } });
  });

  test('many conversations are followed at once, each by its own text', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const at = await world.conversation();
        const ref = await world.send(at);
        const provider = new ScriptedProvider();
        const run = world.worker(provider).run(ref);
        const reader = whole(at.id, ref);
        const request = await provider.request();
        request.say(`answer ${index}`);
        request.end();
        await run;
        return (await reader).text;
      }),
    );
    expect(all).toEqual(all.map((_, index) => `answer ${index}${ENDING}`));
  });
});
