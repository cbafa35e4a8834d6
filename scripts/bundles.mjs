import { join } from 'node:path';

/** What browsers get, as Vite builds it. */
const src = join(import.meta.dirname, '../src');

/** The chat page. Nothing of it comes from elsewhere; files named by their hash may be cached for ever. */
const page = {
  plugins: [{ name: 'block-rendering', transformIndexHtml: { order: 'post', handler: blockRendering } }],
  root: join(src, 'web'),
  resolve: {
    alias: Object.fromEntries(
      ['linkify-it', 'punycode.js'].map((name) => [name, join(src, 'web/markdown/unused-parts.ts')]),
    ),
  },
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    // The page's policy takes files alone, no `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
  },
};

/** The client library as one file, for pages without a build. Socket.IO's client is a file beside it, loaded when used. */
const client = {
  root: join(src, 'client'),
  build: {
    lib: { entry: join(src, 'client/index.ts'), formats: ['es'], fileName: () => 'client.js' },
    // A library keeps its white space unless told otherwise.
    rolldownOptions: {
      // What a later file shares with the first stays in the first: fewer requests, and fewer bytes.
      preserveEntrySignatures: 'allow-extension',
      output: { minify: true, chunkFileNames: 'assets/[name]-[hash].js' },
    },
  },
};

export const BUNDLES = [page, client];

/** The theme that was chosen is put into effect by the script: no flash of the other one before. */
function blockRendering(html) {
  return html.replace('<script type="module"', '<script type="module" blocking="render"');
}
