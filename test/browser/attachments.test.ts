import type { Page } from 'playwright-core';
import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { useBrowser } from '../support/browser.js';
import { Cluster } from '../support/cluster.js';
import * as files from '../support/files.js';
import { withClient } from '../support/postgres.js';
import type { Product } from '../support/product.js';
import { ChatPage } from './chat-page.js';
import { expectAccessible } from './expect-accessible.js';

const PHONE = { viewport: { width: 390, height: 700 }, hasTouch: true, isMobile: true };
const SAID = 'It hurts when I breathe.';

/** A microphone that beeps, which nobody has to allow. */
const browser = useBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
let ollama: OllamaDouble;
let cluster: Cluster;
let product: Product;

beforeAll(async () => {
  ollama = await startOllamaDouble({
    models: [{ name: 'seer', capabilities: ['completion', 'vision'] }, 'ears'],
    script: { text: 'Drink something warm.' },
  });
  ollama.hears(SAID);
  cluster = await Cluster.start({
    OLLAMA_HOST: ollama.url,
    OLLAMA_MODEL: 'seer',
    TRANSCRIBE_URL: ollama.url,
    TRANSCRIBE_MODEL: 'ears',
  });
  product = await cluster.all();
});

afterAll(async () => {
  await cluster.stop();
  await ollama.stop();
});

async function choose(page: Page, name: string, mimeType: string, buffer: Buffer): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Attach a file' }).click(),
  ]);
  await chooser.setFiles({ name, mimeType, buffer });
}

/** Resolves when this holds in the page, whose policy lets nobody else evaluate a text. */
function holds(page: Page, condition: string): Promise<void> {
  return page.evaluate(`(async () => {
    while (!(await (${condition}))) await new Promise((resolve) => requestAnimationFrame(resolve));
  })()`);
}

/** Resolves when every file of the message is uploaded. */
async function areReady(page: Page, count: number): Promise<void> {
  await page
    .locator('.file-preview[data-state=ready]')
    .nth(count - 1)
    .waitFor();
}

/** Records until the meter has moved, and for a second. */
async function record(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button }).click();
  await holds(page, `(document.querySelector('.recorder meter')?.value ?? 0) > 0.01`);
  await holds(page, `!['0:00', undefined].includes(document.querySelector('.recorder time')?.textContent)`);
}

/** Gives the page files as a paste or a drop does. */
async function give(page: Page, event: 'paste' | 'drop', buffer: Buffer): Promise<void> {
  await page.evaluate(`{
    const bytes = Uint8Array.from(atob('${buffer.toString('base64')}'), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], '${event}.png', { type: 'image/png' }));
    const init = { bubbles: true, cancelable: true };
    const given = '${event}' === 'paste'
      ? new ClipboardEvent('paste', { ...init, clipboardData: data })
      : new DragEvent('drop', { ...init, dataTransfer: data });
    document.querySelector('#message').dispatchEvent(given);
  }`);
}

test('a picture and a voice message are sent, shown, heard and answered', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  const { page } = chat;
  await choose(page, 'rash.png', 'image/png', await files.png(640, 480));
  await page.getByRole('img', { name: 'Preview of rash.png' }).waitFor();
  await record(page, 'Record a voice message');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Finish the recording' }).click();
  await areReady(page, 2);
  await expectAccessible(page);
  await chat.composer.fill('What is this?');
  await page.getByRole('button', { name: 'Send' }).click();
  await chat.hasAnswer('complete');
  await chat.shows('Drink something warm.');

  // Both are shown from what the server has, with what was heard.
  await page.getByRole('img', { name: 'The picture that you sent' }).waitFor();
  await holds(page, `document.querySelector('.question img').naturalWidth === 640`);
  await holds(page, `document.querySelector('.question audio').duration > 0.5`);
  await page.locator('.transcript').getByText(SAID).waitFor();
  await expectAccessible(page);
  const [question] = await chat.stored();
  expect(question?.attachments).toMatchObject([
    { kind: 'image', mediaType: 'image/png', width: 640, height: 480 },
    { kind: 'audio', mediaType: 'audio/wav', transcript: SAID },
  ]);
  expect(question?.attachments[1]?.durationMs).toBeGreaterThan(500);

  await page.getByRole('button', { name: 'Show the picture in full size' }).click();
  await page.getByRole('dialog', { name: 'The picture in full size' }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  // After a reload too.
  await page.reload();
  await holds(page, `document.querySelector('.question img')?.naturalWidth === 640`);
});

test('dictation is text to be corrected before it is sent', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  const { page } = chat;
  await chat.composer.fill('Doctor:');
  await record(page, 'Dictate');
  await page.getByRole('button', { name: 'Finish the recording' }).click();
  await holds(page, `document.querySelector('#message').value === ${JSON.stringify(`Doctor: ${SAID}`)}`);
  await chat.composer.press('Enter');
  await chat.hasAnswer('complete');
  expect((await chat.stored())[0]).toMatchObject({ content: `Doctor: ${SAID}`, attachments: [] });
});

test('a recording that is cancelled is sent nowhere, and the microphone is off', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  const { page } = chat;
  await page.evaluate(`{
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => (window.heard = await ask(wanted));
  }`);
  await record(page, 'Record a voice message');
  await page.getByRole('button', { name: 'Cancel the recording' }).click();
  await chat.composer.waitFor();
  await holds(page, `window.heard.getTracks().every(({ readyState }) => readyState === 'ended')`);
  expect(await page.locator('.file-preview').count()).toBe(0);
});

test('pasted and dropped pictures are attached, and can be taken back', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  const { page } = chat;
  await page.getByRole('button', { name: 'Attach a file' }).waitFor();
  await give(page, 'paste', await files.png());
  await give(page, 'drop', await files.png());
  await areReady(page, 2);
  await page.getByRole('button', { name: 'Remove paste.png' }).click();
  expect(await page.locator('.file-name').allTextContents()).toEqual(['drop.png']);
  await page.getByRole('button', { name: 'Send' }).click();
  await chat.hasAnswer('complete');
  expect((await chat.stored())[0]).toMatchObject({ content: '', attachments: [{ kind: 'image' }] });
});

test('what cannot be sent is refused in words, and does not keep the rest from being sent', async () => {
  const chat = await ChatPage.open(await browser.newPage(/status of 415/), product.url);
  const { page } = chat;
  await choose(page, 'photo.heic', 'image/heic', files.HEIC);
  await page.getByText('This is a HEIC photograph, which this browser cannot read.').waitFor();
  await choose(page, 'notes.txt', 'text/plain', Buffer.from('notes'));
  await page.getByText('Only pictures and sound can be sent here.').waitFor();
  await choose(page, 'large.png', 'image/png', Buffer.alloc(11 * 1_048_576));
  await page.getByText('This file has 11 MB. At most 10 MB can be sent.').waitFor();
  await choose(page, 'fake.png', 'image/png', Buffer.from('no image'));
  await page.getByText('Images are PNG, JPEG, WebP or GIF').waitFor();
  await chat.composer.fill('What helps?');
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
  await expectAccessible(page);
  for (const name of ['photo.heic', 'notes.txt', 'large.png', 'fake.png']) {
    await page.getByRole('button', { name: `Remove ${name}` }).click();
  }
  await page.getByRole('button', { name: 'Send' }).click();
  await chat.hasAnswer('complete');
});

test('a HEIC photograph that the browser can read is sent as JPEG', async () => {
  const chat = await ChatPage.open(await browser.newPage(), product.url);
  // Chromium reads no HEIC; it goes by the bytes, and these are of a format that it does read.
  await choose(chat.page, 'photo.heic', 'image/heic', await files.png());
  await areReady(chat.page, 1);
  await chat.page.getByRole('button', { name: 'Send' }).click();
  await chat.hasAnswer('complete');
  expect((await chat.stored())[0]?.attachments).toMatchObject([{ mediaType: 'image/jpeg', width: 32 }]);
});

test('an upload shows its progress, can be cancelled, and be tried again', async () => {
  const chat = await ChatPage.open(await browser.newPage(/ERR_FAILED/), product.url);
  const { page } = chat;
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/api/attachments', async (route) => {
    await released;
    await route.abort();
  });
  await choose(page, 'one.png', 'image/png', await files.png());
  await page.getByRole('progressbar', { name: 'Uploading one.png' }).waitFor();
  await choose(page, 'two.png', 'image/png', await files.png());
  await page.getByRole('button', { name: 'Cancel one.png' }).click();
  release();
  await page.locator('.file-preview[data-state=failed]').waitFor();
  await page.unroute('**/api/attachments');
  await page.getByRole('button', { name: 'Try again' }).click();
  await areReady(page, 1);
  expect(await page.locator('.file-name').allTextContents()).toEqual(['two.png']);
});

/** That the outbox keeps one file. Its database is opened only once it is there: opening would make an empty one. */
const KEPT = `(async () => {
  const all = await indexedDB.databases();
  if (!all.some(({ name }) => name === 'veda.files')) return false;
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('veda.files');
    request.onerror = reject;
    request.onsuccess = () => {
      const database = request.result;
      const count = database.transaction('files').objectStore('files').count();
      count.onsuccess = () => {
        database.close();
        resolve(count.result === 1);
      };
    };
  });
})()`;

test('a message whose picture is not uploaded yet survives a reload', async () => {
  const chat = await ChatPage.open(await browser.newPage(/ERR_FAILED/), product.url);
  const { page } = chat;
  await chat.ask('Hello');
  await chat.hasAnswer('complete');
  await page.route('**/api/attachments', (route) => route.abort());
  await choose(page, 'rash.png', 'image/png', await files.png());
  await page.locator('.file-preview[data-state=failed]').waitFor();
  await chat.composer.fill('What is this?');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('img', { name: 'The picture that is being sent' }).waitFor();
  await page.getByText('Uploading …').waitFor();
  await holds(page, KEPT);
  await page.unroute('**/api/attachments');
  await page.reload();
  await page.getByRole('img', { name: 'The picture that you sent' }).waitFor();
  await chat.hasAnswer('complete');
  expect((await chat.stored())[2]).toMatchObject({
    content: 'What is this?',
    attachments: [{ kind: 'image' }],
  });
});

test('a message whose uploaded picture was erased while it waited survives a reload, too', async () => {
  const chat = await ChatPage.open(await browser.newPage(/ERR_FAILED|status of 404/), product.url);
  const { page } = chat;
  await chat.ask('Hello');
  await chat.hasAnswer('complete');
  await page.route('**/messages', (route) =>
    route.request().method() === 'POST' ? route.abort() : route.continue(),
  );
  await choose(page, 'rash.png', 'image/png', await files.png());
  await areReady(page, 1);
  await chat.composer.fill('What is this?');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByRole('img', { name: 'The picture that you sent' }).waitFor();
  await holds(page, KEPT);
  // As workers do after a day.
  await withClient(cluster.database.url, (client) =>
    client.query('delete from attachments where message_id is null'),
  );
  await page.reload();
  await page.getByText('What is this?').waitFor();
  await page.unroute('**/messages');
  await page.locator('.answer[data-status=complete]').nth(1).waitFor();
  expect((await chat.stored())[2]).toMatchObject({
    content: 'What is this?',
    attachments: [{ kind: 'image' }],
  });
});

test('on a phone one takes a photograph with the camera', async () => {
  const chat = await ChatPage.open(await browser.newPage(undefined, PHONE), product.url);
  const { page } = chat;
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Take a photograph' }).tap(),
  ]);
  expect(await chooser.element().getAttribute('capture')).toBe('environment');
  await chooser.setFiles({
    name: 'IMG_1.jpg',
    mimeType: 'image/jpeg',
    buffer: await files.jpeg(48, 64),
  });
  await areReady(page, 1);
  await expectAccessible(page);
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  await page.getByRole('button', { name: 'Send' }).tap();
  await chat.hasAnswer('complete');
});

test('what the server does not take is not offered', async () => {
  const blind = await cluster.all({ OLLAMA_MODEL: 'ears', TRANSCRIBE_URL: '' });
  const page = await browser.newPage();
  const [chat, told] = await Promise.all([
    ChatPage.open(page, blind.url),
    page.waitForResponse('**/api/capabilities', { timeout: 0 }),
  ]);
  await told.finished();
  await chat.ask('Hello');
  await chat.hasAnswer('complete');
  expect(await chat.page.locator('.composer-tools').count()).toBe(0);
});
