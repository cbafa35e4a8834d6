import { setImmediate as turn } from 'node:timers/promises';
import { type Flushable, Flusher } from '../../src/generation/flusher.js';
import { Moment } from '../support/moment.js';

/** An answer whose flushes take until they are let go. */
class SlowAnswer implements Flushable {
  flushes = 0;
  let: Moment = new Moment();

  async flush(): Promise<void> {
    this.flushes++;
    await this.let.come;
  }

  /** Ends the flush in flight; later ones take their time again. */
  async letGo(): Promise<void> {
    const { happen } = this.let;
    this.let = new Moment();
    happen();
    await turn();
  }
}

describe('a flusher', () => {
  it('flushes at once, one at a time for an answer, and what came meanwhile with the next', async () => {
    const flusher = new Flusher();
    const answer = new SlowAnswer();
    flusher.add(answer);
    expect(answer.flushes).toBe(1);
    flusher.add(answer);
    flusher.add(answer);
    await answer.letGo();
    expect(answer.flushes).toBe(2);
    await answer.letGo();
    expect(answer.flushes).toBe(2);
    flusher.add(answer);
    expect(answer.flushes).toBe(3);
  });

  it('lets no answer wait for another', async () => {
    const flusher = new Flusher();
    const [restoring, other] = [new SlowAnswer(), new SlowAnswer()];
    flusher.add(restoring);
    flusher.add(other);
    await other.letGo();
    flusher.add(other);
    expect([restoring.flushes, other.flushes]).toEqual([1, 2]);
  });
});
