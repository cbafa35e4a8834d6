import type { VectorSearch } from '../../src/knowledge/passage-search.js';

/** What stores the vectors that are searched. */
export interface VectorFixture {
  readonly search: VectorSearch;
  /** A document in use, with a passage for each vector. Their ids, in that order. */
  add(name: string, model: string, vectors: readonly (readonly number[])[]): Promise<readonly string[]>;
  remove(name: string): Promise<void>;
  /** From now on the day of its review has passed. */
  expire(name: string): Promise<void>;
}

const unit = (...values: number[]): number[] => {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
};

/** What every implementation of `VectorSearch` does. */
export function describeVectorSearch(open: () => Promise<VectorFixture>): void {
  let fixture: VectorFixture;

  beforeAll(async () => {
    fixture = await open();
  });

  const nearest = (question: number[], limit = 10, model = 'm') =>
    fixture.search.nearest(Float32Array.from(question), model, limit);
  const idsNear = async (question: number[], limit?: number): Promise<string[]> =>
    (await nearest(question, limit)).map(({ id }) => id);

  test('without vectors nothing is near', async () => {
    expect(await nearest([1, 0, 0])).toEqual([]);
  });

  test('the nearest come first, with the cosine of their angle, and no more than asked for', async () => {
    const [east, northEast, west] = await fixture.add('compass', 'm', [
      unit(1, 0, 0),
      unit(1, 1, 0),
      unit(-1, 0, 0),
    ]);
    const found = await nearest([1, 0, 0]);
    expect(found.map(({ id }) => id)).toEqual([east, northEast, west]);
    expect(found.map(({ similarity }) => similarity)).toEqual([
      expect.closeTo(1),
      expect.closeTo(Math.SQRT1_2),
      expect.closeTo(-1),
    ]);
    expect(await idsNear([0.9, 1, 0], 1)).toEqual([northEast]);
  });

  test('a document is found from its first question on, and no longer once it is removed', async () => {
    const [up] = await fixture.add('up', 'm', [unit(0, 0, 1)]);
    expect(await idsNear([0, 0, 1], 1)).toEqual([up]);
    await fixture.remove('up');
    expect(await idsNear([0, 0, 1])).not.toContain(up);
  });

  test('many questions at once each get their own answer', async () => {
    const [south] = await fixture.add('south', 'm', [unit(0, -1, 0)]);
    const [east] = await idsNear([1, 0, 0], 1);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => idsNear(index % 2 ? [1, 0, 0] : [0, -1, 0], 1)),
    );
    expect(answers).toEqual(answers.map((_, index) => [index % 2 ? east : south]));
  });

  test('a document past the day of its review is not found', async () => {
    const [down] = await fixture.add('down', 'm', [unit(0, 0, -1)]);
    expect(await idsNear([0, 0, -1], 1)).toEqual([down]);
    await fixture.expire('down');
    expect(await idsNear([0, 0, -1])).not.toContain(down);
  });

  test('vectors of another model, or of another length, are not compared', async () => {
    await fixture.add('other', 'other', [unit(0, 1, 1)]);
    const [long] = await fixture.add('long', 'm', [unit(0, 0, 0, 1)]);
    expect((await nearest([0, 1, 1], 10, 'other')).map(({ similarity }) => similarity)).toEqual([
      expect.closeTo(Math.SQRT2),
    ]);
    expect(await idsNear([0, 0, 0, 1])).toEqual([long]);
    expect(await idsNear([0, 1, 1])).not.toContain(long);
  });
}
