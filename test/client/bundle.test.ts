import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const WEB = join(import.meta.dirname, '../../dist/web');
/** Without Socket.IO's client, which a page loads when it gets that far. */
const MAX_BYTES = 12_800;
/** All that `index.html` names. */
const MAX_PAGE_BYTES = 150_000;

/** The files that come with one before it runs. */
function withImports(file: string): string[] {
  const code = readFileSync(join(WEB, file), 'utf8');
  const imported = [...code.matchAll(/(?:from|import)\s*["'`]\.\/([^"'`]+)["'`]/g)].map(
    ([, path]) => path ?? '',
  );
  return [file, ...imported];
}

test('what a page loads of the client is small, and Socket.IO is no part of it', () => {
  const code = withImports('client.js').map((file) => readFileSync(join(WEB, file)));
  const bytes = code.reduce((sum, text) => sum + gzipSync(text).length, 0);
  expect(bytes).toBeLessThan(MAX_BYTES);
  for (const text of code) expect(text.toString()).not.toMatch(/EIO=|engine\.io|perMessageDeflate/);
});

test('the chat page is small when it is opened, and the recorder comes when somebody records', () => {
  const files = [...readFileSync(join(WEB, 'index.html'), 'utf8').matchAll(/"\.?\/(assets\/[^"]+)"/g)].map(
    ([, path]) => path ?? '',
  );
  expect(files.length).toBeGreaterThan(1);
  const code = files.map((file) => readFileSync(join(WEB, file)));
  const bytes = code.reduce((sum, text) => sum + gzipSync(text).length, 0);
  expect(bytes).toBeLessThan(MAX_PAGE_BYTES);
  for (const text of code) expect(text.toString()).not.toMatch(/getUserMedia|EIO=/);
});

test('a part that is loaded when used is a file beside it', () => {
  const code = readFileSync(join(WEB, 'client.js'), 'utf8');
  const later = [...code.matchAll(/import\(["'`]\.\/([^"'`]+)["'`]\)/g)].map(([, path]) => path ?? '');
  const parts = later.map((file) => readFileSync(join(WEB, file), 'utf8'));
  expect(parts.some((text) => text.includes('EIO'))).toBe(true);
  // What stands for ws in a browser says that it is of no use there.
  expect(parts.some((text) => text.includes('ws does not work in the browser'))).toBe(true);
});
