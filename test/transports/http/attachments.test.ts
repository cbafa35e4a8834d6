import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { type TestApp, TestSite } from '../../support/app.js';
import { type Answer, Person } from '../../support/client.js';
import * as files from '../../support/files.js';
import { withClient } from '../../support/postgres.js';
import { expectProblem } from '../../support/problem.js';

const MAX_BYTES = 400_000;

let site: TestSite;
let app: TestApp;
/** One that keeps the bytes in a folder, over the same database. */
let inFolder: TestApp;
let folder: string;
let person: Person;

beforeAll(async () => {
  site = await TestSite.open();
  folder = await mkdtemp(join(tmpdir(), 'veda-attachments-'));
  const env = { MAX_ATTACHMENT_BYTES: String(MAX_BYTES) };
  [app, inFolder] = await Promise.all([site.start(env), site.start({ ...env, ATTACHMENT_DIR: folder })]);
  person = await Person.register(app.url);
});

afterAll(async () => {
  await Promise.all([app.stop(), inFolder.stop()]);
  await site.close();
  await rm(folder, { recursive: true });
});

/** What is stored of all users. */
async function stored(): Promise<{ attachments: number; pieces: number; files: number }> {
  let counts = { attachments: -1, pieces: -1 };
  await withClient(site.database.url, async (client) => {
    const sql = `select (select count(*)::int from attachments) as attachments,
      (select count(*)::int from attachment_pieces) as pieces`;
    counts = (await client.query<typeof counts>(sql)).rows[0] ?? counts;
  });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return { ...counts, files: entries.filter((entry) => entry.isFile()).length };
}

async function upload(
  file: Buffer,
  name = 'file.bin',
  type = 'application/octet-stream',
  where = app,
): Promise<Answer> {
  return person.at(where.url).upload(new File([new Uint8Array(file)], name, { type }));
}

/** What `GET` gives. */
async function bytesOf(id: string, where = app): Promise<Buffer> {
  return Buffer.from(await (await person.at(where.url).open('GET', `/api/attachments/${id}`)).arrayBuffer());
}

describe('images', () => {
  test('a photograph comes back upright and without what the camera wrote beside it', async () => {
    const photograph = await files.jpeg(40, 30, 6);
    expect((await sharp(photograph).metadata()).exif?.includes('SecretCamera')).toBe(true);
    const { status, body } = await upload(photograph, 'photograph.jpg', 'image/jpeg');
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      kind: 'image',
      mediaType: 'image/jpeg',
      bytes: expect.any(Number),
      width: 30,
      height: 40,
    });
    const clean = await bytesOf(body.id);
    expect(clean.length).toBe(body.bytes);
    expect(clean.includes('SecretCamera')).toBe(false);
    const { width, height, orientation, exif, icc, xmp } = await sharp(clean).metadata();
    expect({ width, height, orientation, exif, icc, xmp }).toEqual({ width: 30, height: 40 });
  });

  test.each([
    ['PNG', () => files.png(), 'image/png'],
    ['WebP', () => files.webp(), 'image/webp'],
    ['JPEG in CMYK', () => files.cmykJpeg(), 'image/jpeg'],
  ] as const)('a %s is taken by its bytes, whatever it is called', async (_, make, mediaType) => {
    const { status, body } = await upload(await make(), 'notes.txt', 'text/plain');
    expect(status).toBe(201);
    expect(body).toMatchObject({ kind: 'image', mediaType, width: 32, height: 24 });
    expect((await sharp(await bytesOf(body.id)).metadata()).space).toBe('srgb');
  });

  test('an animated GIF keeps its frames, and its size is that of one', async () => {
    const { status, body } = await upload(await files.animatedGif(3, 16, 12));
    expect(status).toBe(201);
    expect(body).toMatchObject({ kind: 'image', mediaType: 'image/gif', width: 16, height: 12 });
    expect((await sharp(await bytesOf(body.id), { animated: true }).metadata()).pages).toBe(3);
  });

  test('what hides behind an image does not come through', async () => {
    const polyglot = Buffer.concat([await files.png(), Buffer.from('PK\x03\x04<script>alert(1)</script>')]);
    const { status, body } = await upload(polyglot);
    expect(status).toBe(201);
    expect((await bytesOf(body.id)).includes('alert')).toBe(false);
  });
});

describe('voice messages', () => {
  test('a WAV is kept as it is, and lasts as long as it has sound', async () => {
    const { status, body } = await upload(files.wav(1.5), 'voice.mp3', 'audio/mpeg');
    expect(status).toBe(201);
    expect(body).toMatchObject({ kind: 'audio', mediaType: 'audio/wav', bytes: 48_044, durationMs: 1500 });
    expect((await bytesOf(body.id)).equals(files.wav(1.5))).toBe(true);
  });

  test('a WAV that was written to a pipe gets the length that it has', async () => {
    const { status, body } = await upload(files.wav(1, 0xffffffff));
    expect(status).toBe(201);
    expect(body.durationMs).toBe(1000);
    expect((await bytesOf(body.id)).equals(files.wav(1))).toBe(true);
  });
});

describe('what is refused, and leaves nothing behind', () => {
  const gifThatIsAScript = Buffer.from('GIF89a/*\x01\x00\x01\x00*/=1;alert(1)//');
  test.each([
    ['text named .png', async () => Buffer.from('this is no picture\n'.repeat(50)), 415],
    ['an empty file', async () => Buffer.alloc(0), 415],
    ['a truncated JPEG', async () => (await files.jpeg(200, 200)).subarray(0, 4000), 415],
    ['a PNG that breaks off', async () => (await files.png(200, 200)).subarray(0, 4000), 415],
    ['a script that begins like a GIF', async () => gifThatIsAScript, 415],
    ['an SVG', async () => files.SVG, 415],
    ['a PDF', async () => Buffer.from('%PDF-1.7\n1 0 obj'), 415],
    ['a WAV whose header promises more than it has', async () => files.wav(1, 3_000_000), 415],
    ['a WAV without sound', async () => files.wav(0), 415],
    ['a WAV that is only its name', async () => Buffer.from('RIFF\x04\0\0\0WAVE'), 415],
    ['20,000 x 20,000 pixels', async () => files.hugePng(20_000, 20_000), 413],
    ['more bytes than allowed', async () => Buffer.alloc(MAX_BYTES + 1, 'x'), 413],
    ['many more bytes than allowed', async () => Buffer.alloc(MAX_BYTES + 3_000_000, 'x'), 413],
  ] as const)('%s', async (_, make, status) => {
    const before = await stored();
    for (const where of [app, inFolder]) {
      const refused = await upload(await make(), 'photograph.png', 'image/png', where);
      expectProblem(refused, status, status === 413 ? 'payload_too_large' : 'unsupported_media_type');
    }
    expect(await stored()).toEqual(before);
  });

  test('a HEIC photograph, with what to do', async () => {
    const refused = await upload(files.HEIC, 'IMG_0001.HEIC', 'image/heic');
    expectProblem(refused, 415, 'unsupported_media_type');
    expect(refused.body.detail).toMatch(/HEIC.*JPEG/);
  });

  test.each([
    ['no file', () => new FormData()],
    ['a file in another field', () => formOf([['picture', new File(['x'], 'x')]])],
    [
      'two files',
      () =>
        formOf([
          ['file', new File(['x'], 'x')],
          ['file', new File(['y'], 'y')],
        ]),
    ],
    [
      'an unknown field',
      () =>
        formOf([
          ['note', 'x'],
          ['file', new File(['x'], 'x')],
        ]),
    ],
  ] as const)('a form with %s', async (_, make) => {
    const before = await stored();
    expectProblem(await person.submit('/api/attachments', make()), 400, 'bad_request');
    expect(await stored()).toEqual(before);
  });

  test.each([
    ['JSON', 'application/json', '{}', 415, 'unsupported_media_type'],
    ['an image alone', 'image/png', 'x', 415, 'unsupported_media_type'],
    ['a form without a boundary', 'multipart/form-data', 'x', 400, 'bad_request'],
    ['a form that never ends', 'multipart/form-data; boundary=b', '--b\r\n', 400, 'bad_request'],
  ])('a body that is %s', async (_, type, body, status, code) => {
    const refused = await person.call('POST', '/api/attachments', body, { 'Content-Type': type });
    expectProblem(refused, status, code);
  });

  test.each([
    ['database', () => app, { attachments: 1, pieces: 1, files: 0 }],
    ['folder', () => inFolder, { attachments: 1, pieces: 0, files: 1 }],
  ] as const)('an upload to the %s that is cut in the middle', async (_, where, more) => {
    const before = await stored();
    const { hostname, port } = new URL(where().url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const head = [
      'POST /api/attachments HTTP/1.1',
      `Host: ${hostname}:${port}`,
      `Authorization: Bearer ${person.token}`,
      'Content-Type: multipart/form-data; boundary=b',
      'Content-Length: 100000',
    ];
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n';
    socket.write(`${head.join('\r\n')}\r\n\r\n${part}${'x'.repeat(50_000)}`);
    // The rest never comes, and the connection is gone. What the server does then is not seen from here.
    socket.destroy();
    expect((await upload(await files.png(), 'x', 'image/png', where())).status).toBe(201);
    expect(await stored()).toEqual({
      attachments: before.attachments + more.attachments,
      pieces: before.pieces + more.pieces,
      files: before.files + more.files,
    });
  });
});

describe('who may have it', () => {
  test('its owner alone, and neither a cache nor a page', async () => {
    const { body } = await upload(await files.png());
    const path = `/api/attachments/${body.id}`;
    const response = await person.open('GET', path);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(body.bytes),
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'content-disposition': `attachment; filename="image-${body.id}.png"`,
    });
    await response.arrayBuffer();
    const other = await Person.register(app.url);
    for (const method of ['GET', 'DELETE']) {
      expectProblem(await other.call(method, path), 404, 'not_found');
      expectProblem(await person.call(method, `/api/attachments/${randomUUID()}`), 404, 'not_found');
      expectProblem(await person.call(method, '/api/attachments/x'), 404, 'not_found');
    }
    const nobody = new Person(app.url, 'x');
    expectProblem(await nobody.upload(new File(['x'], 'x')), 401, 'unauthorized');
  });

  test('an attachment that no message has can be deleted, once', async () => {
    const before = await stored();
    const { body } = await upload(await files.png(330, 330));
    expect((await person.call('DELETE', `/api/attachments/${body.id}`)).status).toBe(204);
    expectProblem(await person.call('GET', `/api/attachments/${body.id}`), 404, 'not_found');
    expectProblem(await person.call('DELETE', `/api/attachments/${body.id}`), 404, 'not_found');
    expect(await stored()).toEqual(before);
  });

  test('a file of several pieces comes back byte for byte, also from a folder', async () => {
    const sound = files.wav(12);
    expect(sound.length).toBeGreaterThan(262_144);
    for (const where of [app, inFolder]) {
      const { body } = await upload(sound, 'voice.wav', 'audio/wav', where);
      expect((await bytesOf(body.id, where)).equals(sound)).toBe(true);
    }
  });

  test('a file that is lost is a 500 with its id alone, not an answer that breaks off; a HEAD leaves no file open', async () => {
    const { body } = await upload(files.wav(1), 'voice.wav', 'audio/wav', inFolder);
    const here = person.at(inFolder.url);
    const path = `/api/attachments/${body.id}`;
    const head = await here.open('HEAD', path);
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(body.bytes)]);
    await rm(join(folder, body.id.slice(-2), body.id));
    expectProblem(await here.call('GET', path), 500, 'internal');
    expect((await here.call('DELETE', path)).status).toBe(204);
  });
});

describe('what a user may use up', () => {
  let limited: TestApp;
  let image: Buffer;
  let bytes: number;

  beforeAll(async () => {
    image = await files.png(30, 30);
    bytes = (await upload(image)).body.bytes;
    limited = await site.start({
      MAX_STORED_BYTES_PER_USER: String(2 * bytes + 1),
      MAX_TOKENS_PER_USER_PER_DAY: '1',
      ATTACHMENT_DIR: folder,
    });
  });

  afterAll(() => limited.stop());

  const file = (): File => new File([new Uint8Array(image)], 'image.png');

  test('of files that come at once only those are taken that have room; deleting one makes room', async () => {
    const ann = await Person.register(limited.url);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ann.upload(file())));
    const taken = answers.filter(({ status }) => status === 201);
    expect(taken).toHaveLength(2);
    for (const answer of answers.filter((each) => !taken.includes(each)))
      expectProblem(answer, 413, 'payload_too_large');
    expect((await (await Person.register(limited.url)).upload(file())).status).toBe(201);

    // Where files are in messages, a repetition needs no room.
    const conversation = await ann.newConversation();
    const sent = { client_message_id: 'one', attachments: [taken[0]?.body.id] };
    expect((await ann.send(conversation, '', sent)).status).toBe(202);
    expect((await ann.send(conversation, '', sent)).body).toMatchObject({ duplicate: true });
    expectProblem(await ann.upload(file()), 413, 'payload_too_large');

    await ann.call('DELETE', `/api/attachments/${taken[1]?.body.id}`);
    expect((await ann.upload(file())).status).toBe(201);
  });

  test('tokens of a day: messages are refused until midnight UTC, repetitions are not; deleting gives nothing back', async () => {
    const ann = await Person.register(limited.url);
    const conversation = await ann.newConversation();
    const first = { client_message_id: 'first' };
    const { usage } = await ann.chat(conversation, 'What helps?', first);
    expect(usage?.promptTokens).toBeGreaterThan(0);

    const refused = await ann.send(conversation, 'And then?');
    expectProblem(refused, 429, 'rate_limited');
    const midnight = new Date().setUTCHours(24, 0, 0, 0);
    expect(
      Math.abs(Number(refused.headers.get('retry-after')) - (midnight - Date.now()) / 1000),
    ).toBeLessThan(60);
    expect(refused.headers.get('ratelimit-limit')).toBe('1');
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    expect((await ann.send(conversation, 'What helps?', first)).body).toMatchObject({ duplicate: true });
    const { body } = await ann.call('GET', `/api/conversations/${conversation}/messages`);
    expectProblem(
      await ann.call(
        'POST',
        `/api/conversations/${conversation}/messages/${body.items[1].id}/regenerate`,
        {},
      ),
      429,
      'rate_limited',
    );

    await ann.call('DELETE', `/api/conversations/${conversation}`);
    expectProblem(await ann.send(await ann.newConversation(), 'And now?'), 429, 'rate_limited');
    const ben = await Person.register(limited.url);
    expect((await ben.send(await ben.newConversation(), 'What helps?')).status).toBe(202);
  });
});

function formOf(entries: readonly (readonly [string, string | File])[]): FormData {
  const form = new FormData();
  for (const [name, value] of entries) form.append(name, value);
  return form;
}
