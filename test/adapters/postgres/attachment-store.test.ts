import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { AttachmentFolder } from '../../../src/adapters/attachments/attachment-folder.js';
import { type Cipher, noCipher } from '../../../src/adapters/encryption/cipher.js';
import { PostgresAttachmentFiles } from '../../../src/adapters/postgres/attachment-files.js';
import { PostgresAttachmentStore } from '../../../src/adapters/postgres/attachment-store.js';
import { backlog } from '../../../src/adapters/postgres/encryption-backlog.js';
import { PostgresPurge } from '../../../src/adapters/postgres/purge.js';
import { SystemClock } from '../../../src/adapters/system-clock.js';
import { openAttachmentFolder } from '../../../src/app/attachment-folder.js';
import { openEncryption } from '../../../src/app/encryption.js';
import { attachmentStoreContract } from '../../contract/attachment-store.js';
import { keyFile, newKey } from '../../support/encryption.js';
import { accept, newUser, openRows, type Rows, request } from '../../support/rows.js';

const HOUR_MS = 3_600_000;

let rows: Rows;
let store: PostgresAttachmentStore;

beforeAll(async () => {
  rows = await openRows();
});

beforeEach(() => rows.database.raw('truncate attachments, attachment_erasures, attachment_folder cascade'));

afterAll(() => rows.close());

describe('in the database', () => {
  beforeEach(() => {
    store = new PostgresAttachmentStore(rows.database, uuidv7, rows.cipher);
  });

  attachmentStoreContract(() => ({ rows, store }));
});

describe('in a folder', () => {
  let path: string;
  let folder: AttachmentFolder;

  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'veda-attachments-')), 'attachments');
    folder = await opened();
    store = new PostgresAttachmentStore(rows.database, uuidv7, rows.cipher, { folder });
  });

  afterEach(() => rm(join(path, '..'), { recursive: true }));

  /** As a process that starts opens it. */
  async function opened(attachmentDir: string | undefined = path): Promise<AttachmentFolder> {
    const found = await openAttachmentFolder({ attachmentDir }, rows.database, rows.cipher);
    if (!found) throw new Error('no folder');
    return found;
  }

  async function add(userId: string, content = Buffer.alloc(300_000, 'clear')): Promise<string> {
    const added = await store.add(userId, { kind: 'audio', mediaType: 'audio/wav', content });
    if (typeof added === 'string') throw new Error(added);
    return added.id;
  }

  async function newCipher(): Promise<Cipher> {
    const encryptionKeyFile = await keyFile(newKey('k1'));
    return (await openEncryption({ encryptionKeyFile }, rows.database, new SystemClock())).cipher;
  }

  /** All files but the folder's own mark. */
  async function files(): Promise<string[]> {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    return names.filter((name) => name !== 'veda-attachments').toSorted();
  }

  const fileOf = (id: string): string => join(path, id.slice(-2), id);

  /** One round of the sweep, as if it were so much later. */
  async function sweep(laterMs: number): Promise<number> {
    const sweeper = new PostgresAttachmentFiles(rows.database, folder, () => Date.now() + laterMs);
    let removed = 0;
    for (const _ of folder.shards) removed += await sweeper.sweepSome();
    return removed;
  }

  async function purgeAll(): Promise<void> {
    const purge = new PostgresPurge(rows.database, { logSeconds: 3600, folder });
    while (await purge.purge());
  }

  attachmentStoreContract(() => ({ rows, store }));

  test('the database has none of the bytes, and the folder one file for each', async () => {
    const id = await add(await newUser(rows));
    expect(await files()).toEqual([id]);
    expect(await rows.database('attachment_pieces')).toEqual([]);
    const inClear = (await readFile(fileOf(id))).includes('clearclear');
    expect(inClear).toBe(!rows.cipher.encrypts);
  });

  test('what was in the database before stays readable', async () => {
    const before = new PostgresAttachmentStore(rows.database, uuidv7, rows.cipher);
    const content = Buffer.alloc(300_000, 'before');
    const added = await before.add(await newUser(rows), { kind: 'audio', mediaType: 'audio/wav', content });
    if (typeof added === 'string') throw new Error(added);
    expect((await store.content(added.id)).equals(content)).toBe(true);
  });

  test('another process on the same folder reads and removes it', async () => {
    const userId = await newUser(rows);
    const [one, two] = [await add(userId), await add(userId)];
    const other = new PostgresAttachmentStore(rows.database, uuidv7, rows.cipher, {
      folder: await opened(),
    });
    expect((await other.content(one)).equals(await store.content(one))).toBe(true);
    expect(await other.remove(userId, one)).toBe('removed');
    await purgeAll();
    expect(await files()).toEqual([two]);
  });

  test('a file goes with its row, whatever removes the row', async () => {
    const [userId, gone] = [await newUser(rows), await newUser(rows)];
    const [removed, old, cascaded, ofNobody, kept] = [
      await add(userId),
      await add(userId),
      await add(userId),
      await add(gone),
      await add(userId),
    ];
    await store.remove(userId, removed);
    await rows
      .database('attachments')
      .where({ id: old })
      .update({ created_at: rows.database.raw(`now() - interval '25 hours'`) });
    const { id } = await rows.conversations.create(userId, null);
    const operation = { kind: 'send', text: '', attachments: [cascaded], whenBusy: 'queue' } as const;
    await accept(rows, request(userId, id, { operation }));
    await rows.database('messages').where({ conversation_id: id }).delete();
    await rows.database('users').where({ id: gone }).delete();
    expect(await files()).toEqual([removed, old, cascaded, ofNobody, kept].toSorted());
    await purgeAll();
    expect(await files()).toEqual([kept]);
    expect(await rows.database('attachment_erasures')).toEqual([]);
  });

  test('a file that cannot be removed now is removed later', async () => {
    const userId = await newUser(rows);
    const id = await add(userId);
    await store.remove(userId, id);
    const away = `${path}-away`;
    await rename(path, away);
    // A file in the place of the folder.
    await writeFile(path, '');
    const purge = new PostgresPurge(rows.database, { logSeconds: 3600, folder });
    await expect(purge.purge()).rejects.toThrow(/ENOTDIR/);
    await rm(path);
    await rename(away, path);
    await purgeAll();
    expect(await files()).toEqual([]);
  });

  test('a transaction that fails leaves no file that stays', async () => {
    const nobody = uuidv7();
    await expect(add(nobody)).rejects.toThrow(/foreign key/);
    expect(await files()).toEqual([]);
    // Killed before the commit: the file is at its place and has no row.
    const staged = await folder.stage(await newUser(rows), uuidv7(), Buffer.from('x'));
    await staged.keep();
    // Killed before that.
    await folder.stage(await newUser(rows), uuidv7(), Buffer.from('x'));
    const kept = await add(await newUser(rows));
    expect(await files()).toHaveLength(3);
    expect(await sweep(HOUR_MS - 600_000)).toBe(0);
    expect(await sweep(HOUR_MS + 600_000)).toBe(2);
    expect(await files()).toEqual([kept]);
  });

  test('a sweep leaves alone what is not ours, or at another place', async () => {
    const id = uuidv7();
    const shard = join(path, id.slice(-2));
    const elsewhere = join(path, id.slice(-2) === '00' ? '01' : '00');
    for (const directory of [shard, elsewhere]) await mkdir(directory, { recursive: true });
    await Promise.all([
      writeFile(join(shard, 'notes.txt'), 'x'),
      writeFile(join(path, 'incoming', 'notes.txt'), 'x'),
      writeFile(join(elsewhere, id), 'x'),
    ]);
    expect(await sweep(2 * HOUR_MS)).toBe(0);
    expect(await files()).toEqual([id, 'notes.txt', 'notes.txt'].toSorted());
  });

  test.each(['../../etc/passwd', '..', '', 'a/b', `${uuidv7()}/..`, `${uuidv7()}\0`])(
    '%j is no id of a file',
    async (id) => {
      await expect(folder.read(id, 1).next()).rejects.toThrow('the id of an attachment is not a UUID');
      await expect(folder.stage(uuidv7(), id, Buffer.from('x'))).rejects.toThrow(
        'the id of an attachment is not a UUID',
      );
      await expect(folder.remove(id)).rejects.toThrow('the id of an attachment is not a UUID');
      expect(await files()).toEqual([]);
    },
  );

  test('a link in the place of a file is not followed', async () => {
    const id = await add(await newUser(rows));
    const outside = join(path, '..', 'outside');
    await rename(fileOf(id), outside);
    await symlink(outside, fileOf(id));
    await expect(store.content(id)).rejects.toThrow(/ELOOP/);
  });

  test.each([
    ['is cut', (file: Buffer) => file.subarray(0, -10)],
    ['lacks its last piece', (file: Buffer) => file.subarray(0, 200_000)],
    ['is something else', () => Buffer.from('something else that is as long as a head')],
    ['is empty', () => Buffer.alloc(0)],
    [
      'has a length that would fill the memory',
      (file: Buffer) => Buffer.concat([file.subarray(0, 17), Buffer.alloc(4, 0xff)]),
    ],
  ])('a file that %s is an error, not another content', async (_, damage) => {
    const id = await add(await newUser(rows));
    await writeFile(fileOf(id), damage(await readFile(fileOf(id))));
    await expect(store.content(id)).rejects.toThrow(/damaged/);
  });

  test('a piece is read when it is asked for, and the file is closed when nobody asks any more', async () => {
    const id = await add(await newUser(rows), Buffer.alloc(5 * 262_144, 'x'));
    const open = async (): Promise<boolean> => {
      const links = (await readdir('/proc/self/fd')).map((fd) => readlink(join('/proc/self/fd', fd)));
      const targets = await Promise.allSettled(links);
      return targets.some((link) => link.status === 'fulfilled' && link.value === fileOf(id));
    };
    const pieces = store.read(id);
    await pieces.next();
    expect(await open()).toBe(true);
    await pieces.return();
    expect(await open()).toBe(false);
  });

  test('a folder that cannot be written refuses an upload for now, and says so', async () => {
    await folder.checkWritable();
    const userId = await newUser(rows);
    const id = await add(userId);
    await rm(join(path, 'incoming'), { recursive: true });
    await writeFile(join(path, 'incoming'), '');
    await expect(folder.checkWritable()).rejects.toThrow(/ENOTDIR/);
    await expect(add(userId)).rejects.toMatchObject({ status: 503, retryAfter: 5 });
    expect(await rows.database('attachments').pluck('id')).toEqual([id]);
    expect((await store.content(id)).length).toBe(300_000);
  });

  describe('the folder of a database', () => {
    test('is required once it has files, also while only some are to be removed', async () => {
      const userId = await newUser(rows);
      const open = () => openAttachmentFolder({ attachmentDir: undefined }, rows.database, rows.cipher);
      expect(await open()).toBeUndefined();
      const id = await add(userId);
      await expect(open()).rejects.toThrow('ATTACHMENT_DIR is required');
      await store.remove(userId, id);
      await expect(open()).rejects.toThrow('ATTACHMENT_DIR is required');
      await purgeAll();
      expect(await open()).toBeUndefined();
    });

    test('is not taken for the one of another', async () => {
      const other = await openRows();
      try {
        const open = openAttachmentFolder({ attachmentDir: path }, other.database, other.cipher);
        await expect(open).rejects.toThrow('ATTACHMENT_DIR has the attachments of another database');
      } finally {
        await other.close();
      }
    });

    test('is missed when its volume is not mounted', async () => {
      await add(await newUser(rows));
      await rename(path, `${path}-away`);
      await expect(opened()).rejects.toThrow('ATTACHMENT_DIR lacks the attachments of this database');
      await expect(folder.checkWritable()).rejects.toThrow('is not there');
    });

    test('may be moved, and several processes may begin it at once', async () => {
      const moved = `${path}-moved`;
      await rename(path, moved);
      await opened(moved);
      await rm(moved, { recursive: true });
      const folders = await Promise.all([opened(moved), opened(moved), opened(moved)]);
      const ids = await Promise.all(folders.map((each) => each.id()));
      expect(new Set(ids)).toEqual(new Set([(await rows.database('attachment_folder').first('id')).id]));
      expect((await readdir(moved)).toSorted()).toEqual(['incoming', 'veda-attachments']);
      expect(await readdir(join(moved, 'incoming'))).toEqual([]);
    });

    test('that cannot be one stops the start with a line that names the variable', async () => {
      const file = join(path, 'veda-attachments');
      await expect(opened(file)).rejects.toThrow('ATTACHMENT_DIR cannot be used: ENOTDIR');
    });
  });

  test('a plain file is encrypted while it is read', async () => {
    const cipher = rows.cipher.encrypts ? rows.cipher : await newCipher();
    const plain = new PostgresAttachmentStore(rows.database, uuidv7, noCipher, {
      folder: new AttachmentFolder(path, noCipher),
    });
    folder = new AttachmentFolder(path, cipher);
    store = new PostgresAttachmentStore(rows.database, uuidv7, cipher, { folder });
    const content = Buffer.alloc(600_000, 'clear');
    const userId = await newUser(rows);
    const added = await plain.add(userId, { kind: 'audio', mediaType: 'audio/wav', content });
    if (typeof added === 'string') throw new Error(added);
    const table = backlog(folder).find(({ name }) => name === 'files of attachments');
    const reading = store.read(added.id);
    const read: Buffer[] = [(await reading.next()).value ?? Buffer.alloc(0)];
    const encryptAll = () =>
      rows.database.transaction(async (transaction) => {
        const found = (await table?.after(transaction, [])) ?? [];
        for (const { update } of found) await update?.(cipher);
        return found;
      });
    const [first] = await encryptAll();
    expect(first?.key).toEqual([added.id]);
    expect((await readFile(fileOf(added.id))).includes('clearclear')).toBe(false);
    for await (const piece of reading) read.push(piece);
    expect(Buffer.concat(read).equals(content)).toBe(true);
    expect((await store.content(added.id)).equals(content)).toBe(true);
    const once = await readFile(fileOf(added.id));
    await encryptAll();
    expect((await readFile(fileOf(added.id))).equals(once)).toBe(true);
    await rm(fileOf(added.id));
    await encryptAll();
    expect(await files()).toEqual([]);
  });
});
