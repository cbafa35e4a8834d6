import { join } from 'node:path';

/** Runs the examples in this folder with the library's sources, as if it were installed. */
const client = (file) => join(import.meta.dirname, '../src/client', file);

export default {
  resolve: {
    alias: [
      { find: '@veda-gateway/client/react', replacement: client('react.ts') },
      { find: '@veda-gateway/client', replacement: client('index.ts') },
    ],
  },
};
