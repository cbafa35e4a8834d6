import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { PostgresAttachmentStore } from '../../src/adapters/postgres/attachment-store.js';
import { accept, newUser, type Rows, request } from '../support/rows.js';

export interface StoreUnderTest {
  readonly rows: Rows;
  readonly store: PostgresAttachmentStore;
}

/** Of one piece. */
const PIECE = 262_144;

/** What every place promises in which bytes of attachments are kept. */
export function attachmentStoreContract(current: () => StoreUnderTest): void {
  const bytesOf = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, n) => n % 251));

  const add = async (userId: string, content: Buffer): Promise<string> => {
    const added = await current().store.add(userId, { kind: 'audio', mediaType: 'audio/wav', content });
    if (typeof added === 'string') throw new Error(added);
    expect(added).toMatchObject({ kind: 'audio', mediaType: 'audio/wav', bytes: content.length });
    return added.id;
  };

  const useInMessage = async (userId: string, id: string): Promise<string> => {
    const { rows } = current();
    const conversation = await rows.conversations.create(userId, null);
    const operation = { kind: 'send', text: '', attachments: [id], whenBusy: 'queue' } as const;
    await accept(rows, request(userId, conversation.id, { operation }));
    return conversation.id;
  };

  test.each([1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])(
    'a file of %i bytes comes back byte for byte',
    async (n) => {
      const { store, rows } = current();
      const userId = await newUser(rows);
      const id = await add(userId, bytesOf(n));
      expect((await store.content(id)).equals(bytesOf(n))).toBe(true);
      for await (const piece of store.read(id)) expect(piece.length).toBeLessThanOrEqual(PIECE);
    },
  );

  test('another user finds nothing and removes nothing, and neither does an id that nothing has', async () => {
    const { store, rows } = current();
    const [userId, other] = [await newUser(rows), await newUser(rows)];
    const id = await add(userId, bytesOf(10));
    for (const [who, what] of [
      [other, id],
      [userId, randomUUID()],
    ] as const) {
      expect(await store.find(who, what)).toBeUndefined();
      expect(await store.remove(who, what)).toBe('not_found');
    }
    expect(await store.find(userId, id)).toMatchObject({ id, bytes: 10 });
    expect((await store.content(id)).equals(bytesOf(10))).toBe(true);
  });

  test('one that a message has cannot be removed; one that is removed cannot be read', async () => {
    const { store, rows } = current();
    const userId = await newUser(rows);
    const [used, unused] = [await add(userId, bytesOf(10)), await add(userId, bytesOf(10))];
    await useInMessage(userId, used);
    expect(await store.remove(userId, used)).toBe('used');
    expect(await store.remove(userId, unused)).toBe('removed');
    expect(await store.remove(userId, unused)).toBe('not_found');
    expect(await store.find(userId, unused)).toBeUndefined();
    await expect(store.content(unused)).rejects.toThrow(/deleted/);
    expect((await store.content(used)).equals(bytesOf(10))).toBe(true);
  });

  test('of a deleted conversation is found no more', async () => {
    const { store, rows } = current();
    const userId = await newUser(rows);
    const id = await add(userId, bytesOf(10));
    const conversation = await useInMessage(userId, id);
    expect(await store.find(userId, id)).toMatchObject({ id });
    await rows.conversations.remove(userId, conversation);
    expect(await store.find(userId, id)).toBeUndefined();
  });

  test('a user has 200 at most that no message has', async () => {
    const { store, rows } = current();
    const userId = await newUser(rows);
    const fill = Array.from({ length: 199 }, () => ({
      id: uuidv7(),
      user_id: userId,
      kind: 'audio',
      media_type: 'audio/wav',
      bytes: 1,
    }));
    await rows.database('attachments').insert(fill);
    const last = await add(userId, bytesOf(10));
    const file = { kind: 'audio', mediaType: 'audio/wav', content: bytesOf(10) } as const;
    expect(await store.add(userId, file)).toBe('too_many');
    await store.remove(userId, last);
    expect(await store.add(userId, file)).toMatchObject({ bytes: 10 });
  });

  test('a transcript stays as it was first heard', async () => {
    const { store, rows } = current();
    const userId = await newUser(rows);
    const id = await add(userId, bytesOf(10));
    await store.setTranscript(id, 'It hurts.');
    await store.setTranscript(id, 'It helps.');
    expect(await store.find(userId, id)).toMatchObject({ transcript: 'It hurts.' });
  });
}
