import { FairQueue } from '../../src/kernel/fair-queue.js';

/** Work that ends when the test says so. */
class Works {
  readonly begun: string[] = [];
  readonly #ends: (() => void)[] = [];

  run(queue: FairQueue, source: string, name = source): Promise<void> {
    return queue.run(source, async () => {
      this.begun.push(name);
      await new Promise<void>((resolve) => this.#ends.push(resolve));
    });
  }

  /** Ends the work that began first, and lets what comes next begin. */
  async end(): Promise<void> {
    this.#ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: { code: string }) => error.code,
  );

test('sources take turns, however much one brings', async () => {
  const queue = new FairQueue({ atOnce: 1, waiting: 100, waitingPerSource: 50, refusal: 'too many' });
  const works = new Works();
  const all = [...Array.from({ length: 20 }, () => 'flood'), 'ada', 'grace'].map((source) =>
    works.run(queue, source),
  );
  await works.end();
  await works.end();
  await works.end();
  await works.end();
  expect(works.begun).toEqual(['flood', 'flood', 'ada', 'grace', 'flood']);
  while (works.begun.length < 22) await works.end();
  await works.end();
  await Promise.all(all);
});

test('a source that brings too much is refused, and no other', async () => {
  const queue = new FairQueue({ atOnce: 1, waiting: 100, waitingPerSource: 2, refusal: 'too many' });
  const works = new Works();
  const flood = Array.from({ length: 5 }, () => codeOf(works.run(queue, 'flood')));
  const ada = codeOf(works.run(queue, 'ada'));
  expect(await Promise.all(flood.slice(3))).toEqual(['rate_limited', 'rate_limited']);
  while (works.begun.length < 4) await works.end();
  await works.end();
  expect(await ada).toBeUndefined();
});

test('when all places are taken, the source with the most waiting loses its newest to a newcomer', async () => {
  const queue = new FairQueue({ atOnce: 1, waiting: 3, waitingPerSource: 3, refusal: 'too many' });
  const works = new Works();
  const flood = ['a', 'b', 'c', 'd'].map((name) => codeOf(works.run(queue, 'flood', name)));
  const ada = codeOf(works.run(queue, 'ada'));
  expect(await flood[3]).toBe('rate_limited');
  expect(await codeOf(works.run(queue, 'flood', 'e'))).toBe('rate_limited');
  while (works.begun.length < 4) await works.end();
  await works.end();
  expect(works.begun.toSorted((a, b) => a.localeCompare(b))).toEqual(['a', 'ada', 'b', 'c']);
  expect(await ada).toBeUndefined();
});

test('work that fails gives its place back', async () => {
  const queue = new FairQueue({ atOnce: 1, waiting: 1, waitingPerSource: 1, refusal: 'too many' });
  await expect(queue.run('ada', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await queue.run('ada', async () => 'yes')).toBe('yes');
});
