import { type Fetch, Tail } from '../../../src/adapters/redis/tail.js';
import type { AttemptStart } from '../../../src/generation/attempts.js';
import { PAGE_BYTES } from '../../../src/generation/generation-log.js';
import type { LogPage } from '../../../src/generation/log-reader.js';

const MESSAGE = 'message-1';

/** A log whose looks the test counts, and can hold back. */
class FakeLog {
  text = Buffer.alloc(0);
  attempts: AttemptStart[] = [{ attempt: 1, start: 0 }];
  there = true;
  reachable = true;
  looks: number[] = [];
  held: Promise<void> | undefined;

  readonly fetch: Fetch = async (position) => {
    this.looks.push(position);
    const look = this.#look(position);
    await this.held;
    if (!this.reachable) throw new Error('away');
    return look;
  };

  write(text: string | Buffer): void {
    this.text = Buffer.concat([this.text, Buffer.from(text)]);
  }

  #look(position: number): LogPage | undefined {
    if (!this.there) return undefined;
    const page = this.text.subarray(position, position + PAGE_BYTES);
    return { attempts: [...this.attempts], length: this.text.length, ended: false, page };
  }
}

function messageOf(attempt: number, position: number, text: string, message = MESSAGE): Buffer {
  return Buffer.from(`${message} ${attempt} ${position}\n${text}`);
}

describe('a tail', () => {
  let log: FakeLog;
  let tail: Tail;

  beforeEach(() => {
    log = new FakeLog();
    tail = new Tail(MESSAGE, log.fetch);
  });

  async function pageAt(position: number): Promise<string | undefined> {
    return (await tail.readPage(position))?.page.toString();
  }

  /** Appends as a writer does. */
  function append(text: string, attempt = 1): void {
    const position = log.text.length;
    log.write(text);
    tail.receive(messageOf(attempt, position, text));
  }

  it('is looked at once for all its readers, and not at all for what is heard', async () => {
    log.write('abc');
    expect(await Promise.all([pageAt(0), pageAt(0), pageAt(0)])).toEqual(['abc', 'abc', 'abc']);
    append('def');
    append('ghi');
    expect(await Promise.all([pageAt(3), pageAt(3), pageAt(1), pageAt(9)])).toEqual([
      'defghi',
      'defghi',
      'bcdefghi',
      '',
    ]);
    expect(log.looks).toEqual([0]);
  });

  it('is looked at again, once and only from its end, after a ring without text', async () => {
    log.write('abc');
    await pageAt(0);
    log.write('def');
    tail.receive(Buffer.from(MESSAGE));
    expect(await Promise.all([pageAt(3), pageAt(3), pageAt(0)])).toEqual(['def', 'def', 'abcdef']);
    expect(log.looks).toEqual([0, 3]);
  });

  it('remembers that there is no log, until a ring', async () => {
    log.there = false;
    expect([await pageAt(0), await pageAt(0)]).toEqual([undefined, undefined]);
    expect(log.looks.length).toBe(1);
    log.there = true;
    tail.receive(Buffer.alloc(0));
    expect(await pageAt(0)).toBe('');
  });

  it.each([
    ['leaves a gap', 1, 4],
    ['overlaps', 1, 2],
    ['is of another attempt', 2, 3],
  ])('looks itself when a text that was heard %s', async (_how, attempt, position) => {
    log.write('abc');
    await pageAt(0);
    log.write('def');
    tail.receive(messageOf(attempt, position, 'XYZ'));
    expect(await pageAt(3)).toBe('def');
    expect(log.looks).toEqual([0, 3]);
  });

  it('wakes nobody for what is known already, or for another message', async () => {
    log.write('abc');
    await pageAt(0);
    const { version } = tail.changes;
    tail.receive(messageOf(1, 1, 'bc'));
    tail.receive(messageOf(1, 3, 'def', 'message-2'));
    tail.receive(Buffer.from('message-2'));
    expect([tail.changes.version, await pageAt(3)]).toEqual([version, '']);
    append('d');
    expect(tail.changes.version).not.toBe(version);
  });

  it('takes in after a look what was heard during it', async () => {
    let answer = (): void => {};
    log.write('abc');
    log.held = new Promise((resolve) => {
      answer = resolve;
    });
    const looks = [pageAt(0)];
    append('def');
    looks.push(pageAt(0));
    const { version } = tail.changes;
    answer();
    expect(await Promise.all(looks)).toEqual(['abcdef', 'abcdef']);
    expect(tail.changes.version).not.toBe(version);
    expect(log.looks).toEqual([0]);
  });

  it('looks once more when a ring without text came during a look', async () => {
    log.write('abc');
    const look = pageAt(0);
    tail.receive(Buffer.from(MESSAGE));
    await look;
    await pageAt(3);
    expect(log.looks).toEqual([0, 3]);
  });

  it('keeps two pages at the most; a reader further back reads its own', async () => {
    log.write('-');
    await pageAt(0);
    for (let count = 0; count < 400; count++) append('x'.repeat(1000));
    expect(await pageAt(400_000)).toBe('x');
    expect(log.looks).toEqual([0]);
    expect((await pageAt(0))?.length).toBe(PAGE_BYTES);
    expect((await pageAt(200_001))?.length).toBe(PAGE_BYTES);
    expect(log.looks).toEqual([0, 0, 200_001]);
    expect((await pageAt(400_001 - PAGE_BYTES))?.length).toBe(PAGE_BYTES);
    expect(log.looks.length).toBe(3);
  });

  it('goes from page to page of a long text', async () => {
    log.write('x'.repeat(PAGE_BYTES * 2 + 10));
    const lengths = [];
    for (const position of [0, PAGE_BYTES, PAGE_BYTES * 2]) lengths.push((await pageAt(position))?.length);
    expect(lengths).toEqual([PAGE_BYTES, PAGE_BYTES, 10]);
    append('y');
    expect(await pageAt(PAGE_BYTES * 2 + 10)).toBe('y');
    expect(log.looks.length).toBe(3);
  });

  it('is not led astray by a reader beyond the end', async () => {
    log.write('abc');
    expect([await pageAt(99), await pageAt(3)]).toEqual(['', '']);
    append('def');
    expect([await pageAt(99), await pageAt(3)]).toEqual(['', 'def']);
    tail.receive(Buffer.from(MESSAGE));
    expect([await pageAt(99), await pageAt(3)]).toEqual(['', 'def']);
    expect(log.looks).toEqual([99, 99]);
  });

  it('forgets its text when the log is shorter', async () => {
    log.write('abcdef');
    await pageAt(0);
    log.text = Buffer.from('ab');
    tail.receive(Buffer.from(MESSAGE));
    expect([await pageAt(0), await pageAt(6)]).toEqual(['ab', '']);
  });

  it('forgets its text when another attempt went on from before its end', async () => {
    log.write('abcdef');
    await pageAt(0);
    log.text = Buffer.from('abX');
    log.attempts.push({ attempt: 2, start: 2 });
    tail.receive(Buffer.from(MESSAGE));
    expect([await pageAt(0), await pageAt(6)]).toEqual(['abX', '']);
  });

  it('takes a Redis that is away for a log that is missing, and asks again', async () => {
    log.write('abc');
    log.reachable = false;
    expect(await pageAt(0)).toBeUndefined();
    log.reachable = true;
    expect(await pageAt(0)).toBe('abc');
  });
});
