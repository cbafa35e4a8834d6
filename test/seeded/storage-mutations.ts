import type { Mutation } from '../simulation/mutations.js';

/** A mistake in Lua or SQL, and the test that is meant to find it. */
export interface StorageMutation extends Mutation {
  /** The file of the test. */
  readonly test: string;
  /** Its name, or what it begins with. */
  readonly by: string;
}

const LOG = 'test/adapters/redis/log.test.ts';
const lua = (script: string, from: string, to: string, name: string, by: string): StorageMutation => ({
  name: `${script}.lua: ${name}`,
  file: `src/adapters/redis/scripts/${script}.lua`,
  from,
  to,
  test: LOG,
  by,
});

const sql = (
  store: string,
  from: string,
  to: string,
  name: string,
  by: string,
  test = store,
): StorageMutation => ({
  name: `${store}.ts: ${name}`,
  file: `src/adapters/postgres/${store}.ts`,
  from,
  to,
  test: `test/adapters/postgres/${test}.test.ts`,
  by,
});

/** A mistake in a function of the database. */
const databaseFunction = (
  from: string,
  to: string,
  name: string,
  by: string,
  test = 'acceptance',
): StorageMutation => ({
  name: `fewer_statements: ${name}`,
  file: 'migrations/012_fewer_statements.ts',
  from,
  to,
  test: `test/adapters/postgres/${test}.test.ts`,
  by,
});

const LUA: readonly StorageMutation[] = [
  lua(
    'append',
    "if fence > tonumber(attempt) then return 'fenced' end",
    '',
    'a superseded attempt writes on',
    'fences every lower attempt once a higher one has opened',
  ),
  lua(
    'append',
    "if not begun or length < at then return 'lost' end",
    "if not begun then return 'lost' end",
    'an append may leave a gap',
    'is lost to a writer that would leave a gap',
  ),
  lua(
    'append',
    'local rest = new:sub(#there + 1)',
    'local rest = new',
    'an append that is made again is written twice',
    'takes an append that is made again only once',
  ),
  lua(
    'append',
    "if there ~= new:sub(1, #there) or (seal and length > at + #new) then return 'conflict' end",
    '',
    'other text over what is there is not noticed',
    'throws, and quotes nothing, when a writer contradicts itself',
  ),
  lua(
    'append',
    "if seal then redis.call('HSET', log, 'outcome', seal) end",
    '',
    'the outcome is not kept',
    'seals with an outcome alone',
  ),
  lua(
    'begin',
    "if begun then return 'written' end",
    '',
    'a begin that is made again drops text',
    'begins once: made again, it drops nothing',
  ),
  lua(
    'begin',
    "redis.call('SET', text, redis.call('GETRANGE', text, 0, start - 1))",
    "redis.call('SET', text, redis.call('GETRANGE', text, 0, start))",
    'one byte too many stays',
    'drops what lies after the start of an attempt',
  ),
  lua(
    'begin',
    "redis.call('HDEL', log, 'outcome')",
    '',
    'the outcome of the attempt before stays',
    'drops what lies after the start of an attempt',
  ),
  lua(
    'close',
    "redis.call('PUBLISH', channel, message)",
    '',
    'nobody is told of a close',
    'ends when the text is whole and the log closed, not before',
  ),
  lua(
    'erase',
    "redis.call('DEL', KEYS[1], KEYS[2])",
    "redis.call('DEL', KEYS[1])",
    'the hash stays',
    'is lost once erased, and can be restored whole',
  ),
  lua(
    'erase',
    "redis.call('PUBLISH', ARGV[1], ARGV[2])",
    '',
    'nobody is told of an erase',
    'wakes readers when a log that is not there is closed or erased',
  ),
  lua(
    'open',
    'if fence and tonumber(fence) > attempt then return nil end',
    '',
    'a lower attempt opens',
    'fences every lower attempt once a higher one has opened',
  ),
  lua(
    'open',
    "redis.call('HSET', log, 'fence', attempt)",
    '',
    'an open fences nobody',
    'fences every lower attempt once a higher one has opened',
  ),
  lua(
    'read',
    "redis.call('STRLEN', text), page}",
    '#page, page}',
    'a page is taken for the whole text',
    'gives pages to one who is far behind the others',
  ),
  lua(
    'restore',
    "if fence > attempt then return 'fenced' end",
    '',
    'a superseded attempt restores',
    'fences every lower attempt once a higher one has opened',
  ),
  lua(
    'restore',
    "if outcome ~= '' then redis.call('HSET', log, 'outcome', outcome) end",
    '',
    'the outcome is not restored',
    'is lost once erased, and can be restored whole',
  ),
];

const SQL: readonly StorageMutation[] = [
  sql(
    'generation-store',
    'and (g.lease_until is null or g.lease_until < now())',
    '',
    'a live lease is ignored',
    'of many claims at once one wins',
  ),
  sql(
    'generation-store',
    'where g.id = ? and g.ended_at is null and g.turn is not null',
    'where g.id = ? and g.ended_at is null',
    'a generation is claimed out of turn',
    'a generation waits until every lower seq of its conversation has ended',
  ),
  sql(
    'generation-store',
    'failures = g.failures + (g.lease_until is not null)::int',
    'failures = g.failures',
    'a lease that ran out is no failure',
    'failures count while no attempt gets further',
  ),
  sql(
    'generation-store',
    'where g.id = ? and g.attempt = ? and g.ended_at is null\n         returning g.id\n',
    'where g.id = ? and (g.attempt = ? or true) and g.ended_at is null\n         returning g.id\n',
    'a superseded attempt begins',
    'a lease that ran out lets the next attempt in',
  ),
  databaseFunction(
    'where id = p_generation and attempt = p_attempt and ended_at is null',
    'where id = p_generation and ended_at is null',
    'a superseded attempt ends the row',
    'a lease that ran out lets the next attempt in',
    'generation-store',
  ),
  databaseFunction(
    'bytes = octet_length(p_content)',
    'bytes = char_length(p_content)',
    'an answer is measured in characters',
    'the row ends once',
    'generation-store',
  ),
  sql(
    'generation-store',
    'where ended_at is not null and log_closed_at is null\n         and ended_at <',
    'where ended_at is not null\n         and ended_at <',
    'an end that was announced is announced for ever',
    'the sweeper finds what may be claimed',
  ),
  sql(
    'generation-store',
    'and (turn = 0 or user_id <> all(?::uuid[]))',
    'and (turn = 0 or user_id <> all(?::uuid[]) or true)',
    'a user takes more than a share',
    'users who have their share get nothing new',
    'run-queue',
  ),
  databaseFunction(
    'where id = p_conversation and user_id = p_user for update',
    'where id = p_conversation and user_id = p_user',
    'accepts do not take turns',
    'sends at once through two processes',
  ),
  databaseFunction(
    'where id = p_conversation and user_id = p_user for update',
    'where id = p_conversation for update',
    'another user writes to a conversation',
    "another user's conversation is not there",
  ),
  databaseFunction(
    'where conversation_id = p_conversation and client_message_id = p_key',
    'where conversation_id = p_conversation and client_message_id = p_key and false',
    'a key is not known again',
    'the same key with another body is a mismatch',
  ),
  databaseFunction(
    'set stop_requested_at = coalesce(stop_requested_at, now())\n        where conversation_id = p_conversation',
    'set stop_requested_at = coalesce(stop_requested_at, now())\n        where false and conversation_id = p_conversation',
    'an interrupt stops nothing',
    'whenBusy: reject refuses, interrupt flags all',
  ),
  sql(
    'refresh-rotation',
    't.expires_at > now() and s.revoked_at is null and',
    't.expires_at > now() and',
    'a token of a session that has ended is taken',
    'are refused when unknown, expired or of a session that has ended',
    'account-store',
  ),
  sql(
    'generation-reader',
    'from ?::integer for ?::integer) end as page',
    'from ?::integer + 1 for ?::integer) end as page',
    'pages lack their first byte',
    'pages of a long answer join to it',
    'generation-store',
  ),
];

export const STORAGE_MUTATIONS: readonly StorageMutation[] = [...LUA, ...SQL];
