import type { Client } from 'pg';
import { withClient } from './postgres.js';
import type { Rows } from './rows.js';

/** Users with one conversation each, in which `ended` answers have ended and, if `open`, one more waits. */
export async function fill(rows: Rows, users: number, ended: number, open: boolean): Promise<void> {
  await withClient(rows.url, async (client) => {
    await client.query(
      'create temp table new_users as select gen_random_uuid() as id from generate_series(1, $1)',
      [users],
    );
    await client.query('insert into users (id, is_demo) select id, true from new_users');
    await client.query(
      `insert into conversations (id, user_id, last_seq) select gen_random_uuid(), id, $1 from new_users`,
      [ended + (open ? 1 : 0)],
    );
    await addMessages(client, 1, ended, true);
    if (open) await addMessages(client, ended + 1, ended + 1, false);
  });
}

async function addMessages(client: Client, from: number, to: number, ended: boolean): Promise<void> {
  await client.query(
    `create temp table new_messages as
     select c.id as conversation_id, seq, gen_random_uuid() as question, gen_random_uuid() as answer
     from conversations c join new_users u on u.id = c.user_id, generate_series($1::int, $2::int) seq`,
    [from, to],
  );
  await client.query(
    `insert into messages (id, conversation_id, seq, role, content)
     select question, conversation_id, seq, 'user', 'What helps?' from new_messages`,
  );
  await client.query(
    `insert into messages (id, conversation_id, seq, role, reply_to, content)
     select answer, conversation_id, seq, 'assistant', question, $1 from new_messages`,
    [ended ? 'Rest.' : ''],
  );
  await client.query(
    `insert into generations (id, conversation_id, seq, client_message_id, request_hash, status, ended_at, bytes,
       attempt, log_closed_at)
     select answer, conversation_id, seq, answer::text, 'hash', $1::text, at, bytes, attempt, at
     from new_messages, (select case when $2 then now() end as at, case when $2 then 5 end as bytes,
       case when $2 then 1 else 0 end as attempt) common`,
    [ended ? 'complete' : 'queued', ended],
  );
  await client.query('drop table new_messages');
}
