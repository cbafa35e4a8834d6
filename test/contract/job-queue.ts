import type { Jobs } from '../../src/adapters/bullmq/jobs.js';
import type { GenerationRef } from '../../src/generation/generation-log.js';
import { Moment } from '../support/moment.js';

/** What every implementation of `JobQueue` and `JobSource` must do. `open` gives another process' view each time. */
export function describeJobQueue(open: () => Promise<Jobs>): void {
  describe('as its port says', () => testJobQueue(open));
}

function testJobQueue(open: () => Promise<Jobs>): void {
  let opened: Jobs[];

  async function join(): Promise<Jobs> {
    const jobs = await open();
    opened.push(jobs);
    return jobs;
  }

  beforeEach(() => {
    opened = [];
  });

  afterEach(async () => {
    await Promise.all(opened.map((jobs) => jobs.close()));
  });

  it('hands a job to a worker, with its ids and nothing else', async () => {
    const [gateway, worker] = [await join(), await join()];
    const seen = new Seen();
    await worker.source.start(10, seen.run);
    const ref = { ...job(1), text: 'my chest hurts' };
    await gateway.queue.add(ref);
    await seen.atLeast(1);
    expect(seen.refs).toEqual([job(1)]);
  });

  it('keeps jobs until a worker comes', async () => {
    const [gateway, worker] = [await join(), await join()];
    await gateway.queue.add(job(1));
    await gateway.queue.add(job(2));
    const seen = new Seen();
    await worker.source.start(1, seen.run);
    await seen.atLeast(2);
    expect(seen.refs).toEqual([job(1), job(2)]);
  });

  it('takes the same job again, while it waits, while it runs and after it has ended', async () => {
    const [gateway, worker] = [await join(), await join()];
    await gateway.queue.add(job(1));
    await gateway.queue.add(job(1));
    const seen = new Seen();
    await worker.source.start(1, async (ref) => {
      if (seen.refs.length === 0) await gateway.queue.add(job(1));
      await seen.run(ref);
    });
    await seen.atLeast(3);
    await gateway.queue.add(job(1));
    await seen.atLeast(4);
  });

  it('gives each job to one of its workers', async () => {
    const [gateway, one, other] = [await join(), await join(), await join()];
    const seen = new Seen();
    await one.source.start(5, seen.run);
    await other.source.start(5, seen.run);
    await Promise.all(range(40).map((seq) => gateway.queue.add(job(seq))));
    await seen.atLeast(40);
    expect(seen.refs.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(range(40));
  });

  it('runs as many at once as it was told, and no more', async () => {
    const [gateway, worker] = [await join(), await join()];
    const seen = new Seen();
    const full = new Moment();
    let running = 0;
    let most = 0;
    await worker.source.start(3, async (ref) => {
      running += 1;
      most = Math.max(most, running);
      if (running === 3) full.happen();
      await full.come;
      running -= 1;
      await seen.run(ref);
    });
    await Promise.all(range(12).map((seq) => gateway.queue.add(job(seq))));
    await seen.atLeast(12);
    expect(most).toBe(3);
  });

  it('goes on after a run that failed', async () => {
    const [gateway, worker] = [await join(), await join()];
    const seen = new Seen();
    await worker.source.start(1, async (ref) => {
      await seen.run(ref);
      throw new Error('a defect');
    });
    await gateway.queue.add(job(1));
    await gateway.queue.add(job(2));
    await seen.atLeast(2);
    expect(seen.refs).toEqual([job(1), job(2)]);
  });

  it('takes no job once it is paused, and leaves those it had not begun to the others', async () => {
    const [gateway, leaving, staying] = [await join(), await join(), await join()];
    await Promise.all(range(20).map((seq) => gateway.queue.add(job(seq))));
    const taken: number[] = [];
    const paused = new Moment();
    await leaving.source.start(2, async ({ seq }) => {
      taken.push(seq);
      if (taken.length > 1) return;
      await leaving.source.pause();
      paused.happen();
    });
    await paused.come;
    const before = [...taken];
    const seen = new Seen();
    await staying.source.start(5, seen.run);
    await gateway.queue.add(job(20));
    await seen.atLeast(21 - before.length);
    expect(taken).toEqual(before);
    expect([...taken, ...seen.refs.map(({ seq }) => seq)].toSorted((a, b) => a - b)).toEqual(range(21));
  });

  it('lets what runs go on while paused, and waits for it to close', async () => {
    const [gateway, worker] = [await join(), await join()];
    const begun = new Moment();
    const may = new Moment();
    let ended = false;
    await worker.source.start(1, async () => {
      begun.happen();
      await may.come;
      ended = true;
    });
    await gateway.queue.add(job(1));
    await begun.come;
    await worker.source.pause();
    const closed = worker.close();
    expect(ended).toBe(false);
    may.happen();
    await closed;
    expect(ended).toBe(true);
  });

  it('says that it is available', async () => {
    expect(await (await join()).queue.available()).toBe(true);
  });
}

/** The jobs that a worker was given, and the moment when there were enough of them. */
export class Seen {
  readonly refs: GenerationRef[] = [];
  #wake = new Moment();

  readonly run = async (ref: GenerationRef): Promise<void> => {
    this.refs.push(ref);
    this.#wake.happen();
    this.#wake = new Moment();
  };

  async atLeast(count: number): Promise<void> {
    while (this.refs.length < count) await this.#wake.come;
  }
}

export function job(seq: number): GenerationRef {
  return { conversationId: `conversation-${seq}`, messageId: `message-${seq}`, seq };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
