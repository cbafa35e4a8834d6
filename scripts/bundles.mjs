import { join } from 'node:path';

/** What browsers get, as Vite builds it. */
const src = join(import.meta.dirname, '../src');

/** The chat page. Nothing of it comes from elsewhere; files named by their hash may be cached for ever. */
const page = {
  root: join(src, 'web'),
  oxc: { jsx: { runtime: 'automatic' } },
};

/** The client library as one file, for pages without a build. Socket.IO's client is a file beside it, loaded when used. */
const client = {
  root: join(src, 'client'),
  build: {
    lib: { entry: join(src, 'client/index.ts'), formats: ['es'], fileName: () => 'client.js' },
    rolldownOptions: { output: { minify: true, chunkFileNames: 'assets/[name]-[hash].js' } },
  },
};

export const BUNDLES = [page, client];
