/**
 * The transform of Jest with a mistake in one file. `VEDA_MUTATION` holds it as JSON: `{file, from, to}`. A Lua script is no
 * module, so its mistake is put into the module that reads it.
 */
const path = require('node:path');
const { createTransformer } = require('@swc/jest');

const mutation = JSON.parse(process.env.VEDA_MUTATION);
const READS_LUA = 'src/adapters/redis/scripts.ts';
const READ_LUA = "`${name}.lua`), 'utf8')";

const replace = (source, from, to) => {
  if (source.split(from).length !== 2) throw new Error(`not, or not once, in the file: ${from}`);
  return source.replace(from, () => to);
};

/** The databases of the tests are copies of one that was migrated before: what a migration makes is made again. */
const MIGRATION = /^migrations\/(.+)\.ts$/.exec(mutation.file);
const OPENS_DATABASE = 'test/support/rows.ts';
const OPENED = 'const database = connectDatabase(url, { poolMax: 20 });';
const MIGRATE_AGAIN =
  MIGRATION &&
  `const again = await import('../../migrations/${MIGRATION[1]}.js'); await again.down(database); await again.up(database);`;

const withMistake = (source, filename) => {
  const file = path.relative(process.cwd(), filename);
  if (MIGRATE_AGAIN && file === OPENS_DATABASE) return replace(source, OPENED, OPENED + MIGRATE_AGAIN);
  if (file === mutation.file) return replace(source, mutation.from, mutation.to);
  if (file !== READS_LUA || !mutation.file.endsWith('.lua')) return source;
  const edit = `.replace(${JSON.stringify(mutation.from)}, () => ${JSON.stringify(mutation.to)})`;
  return replace(source, READ_LUA, READ_LUA + edit);
};

module.exports = {
  createTransformer: (options) => {
    const swc = createTransformer(options);
    return {
      ...swc,
      process: (source, filename, jest) => swc.process(withMistake(source, filename), filename, jest),
      processAsync: (source, filename, jest) =>
        swc.processAsync(withMistake(source, filename), filename, jest),
      getCacheKey: (source, filename, ...rest) =>
        swc.getCacheKey(withMistake(source, filename), filename, ...rest),
    };
  },
};
