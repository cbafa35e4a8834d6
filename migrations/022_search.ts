import type { Knex } from 'knex';

/** Control characters, punctuation and symbols, each as an escape of PostgreSQL. */
const ASCII_SEPARATORS = Array.from({ length: 127 }, (_, index) => index + 1)
  .filter((code) => !/[\da-z]/i.test(String.fromCharCode(code)))
  .map((code) => `\\x${code.toString(16).padStart(2, '0')}`)
  .join('');

/**
 * The words of messages and of titles that people gave, for the search over one's own conversations (docs/decisions/041-search.md).
 *
 * Triggers keep them, so that whatever writes text cannot forget to. Text that is encrypted has a row without words: the row
 * still says which texts a user has, newest first, because ids are of version 7. A title that the server made has no row:
 * the first message has its words.
 *
 * `search_words` must split and fold text as src/conversation/search-words.ts does, or the page could not mark what was found. Each word
 * begins with the tag of its user. So a search by the first letters of a word reads this user's words and nobody else's.
 *
 * The texts that are there already are left to the workers (`search_backlog`): a large deployment has a million, each takes about a
 * millisecond, and the locks of this migration would stop the release before this one meanwhile.
 */
export async function up(knex: Knex): Promise<void> {
  // In a database with the locale C, lower() knows ASCII alone.
  const { rows: icu } = await knex.raw(`select 1 from pg_collation where collname = 'und-x-icu'`);
  const collation = icu.length > 0 ? 'und-x-icu' : 'default';
  await knex.raw(String.raw`
    create function search_tag(p_user uuid) returns text language sql immutable
      return translate(left(md5(p_user::text), 5), '0123456789', 'ghijklmnop');

    create function search_words(p_user uuid, p_text text) returns tsvector language plpgsql immutable as $$
    declare
      -- So that the result stays below the 1 MiB that a tsvector can have.
      folded text := left(p_text, 100000);
      tag constant text := search_tag(p_user);
      words tsvector;
      -- Most text is ASCII, for which this is several times as fast as a regular expression.
      ascii constant text := E'${ASCII_SEPARATORS}';
    begin
      if octet_length(folded) > length(folded) then
        folded := regexp_replace(normalize(folded, nfkd), '[\u0300-\u036f]+', '', 'g');
        folded := normalize(left(folded, 100000), nfc);
      end if;
      folded := translate(lower(folded collate "${collation}"), ascii, repeat(' ', length(ascii)));
      if octet_length(folded) > length(folded) then
        folded := regexp_replace(
          folded,
          '[ \u0080-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u0640\u066a-\u066d\u06d4\u0964\u0965\u2000-\u2bff\u2e00-\u3004\u3006\u3008-\u303f\ufdd0-\ufdef\ufe00-\ufe6f\ufff0-\uffff\U0001f000-\U0001faff]+',
          ' ', 'g'
        );
        folded := regexp_replace(
          folded,
          '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])',
          ' \1 ', 'g'
        );
        -- Or the words of a phrase would not stand next to each other.
        folded := regexp_replace(folded, ' +', ' ', 'g');
      end if;
      folded := trim(folded);
      if folded = '' then
        return ''::tsvector;
      end if;
      words := to_tsvector('simple', tag || replace(folded, ' ', ' ' || tag));
      -- Only a phrase asks where words stand.
      return case when octet_length(folded) > length(folded) then words else strip(words) end;
    end $$;

    create table message_words (
      message_id uuid primary key references messages (id) on delete cascade,
      user_id uuid not null,
      words tsvector
    );
    create table title_words (
      conversation_id uuid primary key references conversations (id) on delete cascade,
      user_id uuid not null,
      words tsvector
    );

    -- Texts of which there may be no words yet: those after this id.
    create table search_backlog (
      texts text primary key check (texts in ('messages', 'titles')),
      after uuid not null
    );
    insert into search_backlog (texts, after)
    select texts, '00000000-0000-0000-0000-000000000000' from unnest(array['messages', 'titles']) as texts
    where exists (select from conversations);

    create function is_sealed(p_text text) returns boolean language sql immutable
      return left(p_text, 2) = U&'\FDD0' || 's';

    -- What the message says itself: every answer ends with a disclaimer, and would be found by its words.
    create function message_search_words(p_user uuid, p_role text, p_content text) returns tsvector language sql stable
      return case
        when is_sealed(p_content) then null
        when p_role = 'user' then search_words(p_user, p_content)
        else search_words(p_user, left(p_content, length(p_content) - coalesce((
          select max(length(ending)) from (
            select E'\n\n' || text as ending from disclaimers
            union all
            select E'\n\n⚠️ **Medical Disclaimer**: This information is for educational purposes only and should not replace professional medical advice. Please consult with a healthcare provider for medical concerns.'
          ) endings where right(p_content, length(ending)) = ending
        ), 0)))
      end;

    create index message_words_found on message_words using gin (words);
    create index message_words_by_user on message_words (user_id, message_id desc);
    create index title_words_found on title_words using gin (words);
    create index title_words_by_user on title_words (user_id, conversation_id desc);

    create function keep_message_words() returns trigger language plpgsql as $$
    begin
      insert into message_words (message_id, user_id, words)
      select new.id, user_id, message_search_words(user_id, new.role, new.content)
      from conversations where id = new.conversation_id and user_id is not null and not ephemeral
      on conflict (message_id) do update set words = excluded.words;
      return null;
    end $$;
    create trigger message_words_inserted after insert on messages
      for each row when (new.content <> '') execute function keep_message_words();
    create trigger message_words_changed after update of content on messages
      for each row when (new.content is distinct from old.content) execute function keep_message_words();

    create function keep_title_words() returns trigger language plpgsql as $$
    begin
      if new.user_id is null or new.ephemeral then
        return null;
      elsif new.title is null then
        delete from title_words where conversation_id = new.id;
      else
        insert into title_words (conversation_id, user_id, words)
        values (new.id, new.user_id, case when not is_sealed(new.title) then search_words(new.user_id, new.title) end)
        on conflict (conversation_id) do update set words = excluded.words;
      end if;
      return null;
    end $$;
    create trigger title_words_inserted after insert on conversations
      for each row when (new.title is not null) execute function keep_title_words();
    -- The title that the first message gives is set as the message is numbered.
    create trigger title_words_changed after update of title on conversations
      for each row when (new.title is distinct from old.title and new.last_seq = old.last_seq)
      execute function keep_title_words();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger title_words_changed on conversations;
    drop trigger title_words_inserted on conversations;
    drop function keep_title_words();
    drop trigger message_words_changed on messages;
    drop trigger message_words_inserted on messages;
    drop function keep_message_words();
    drop function message_search_words(uuid, text, text);
    drop function is_sealed(text);
    drop table search_backlog;
    drop table title_words;
    drop table message_words;
    drop function search_words(uuid, text);
    drop function search_tag(uuid);
  `);
}
