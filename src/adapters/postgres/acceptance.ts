import type { Knex } from 'knex';
import type { Accepted, AcceptRequest } from '../../conversation/conversation-store.js';
import { isId } from '../../conversation/ids.js';
import { titleFrom } from '../../conversation/title.js';
import type { GenerationRef } from '../../generation/generation-log.js';
import type { Cipher } from '../encryption/cipher.js';
import { placeOf } from '../encryption/place-of.js';
import {
  ATTEMPTS_COLUMN,
  MESSAGE_COLUMNS,
  MESSAGES_WITH_GENERATIONS,
  type MessageRowWithAttempts,
  toMessage,
  toStoredMessage,
} from './message-row.js';
import { openMessages } from './open-rows.js';
import { rows } from './rows.js';

/** The ids that an accepted message and its answer get. The same ids again tell that it was this request that stored them. */
export interface NewIds {
  readonly question: string;
  readonly answer: string;
}

interface AcceptedRow {
  readonly kind: 'accepted' | 'duplicate' | Exclude<Accepted['kind'], 'accepted'>;
  readonly answer_id: string;
  readonly question_id: string;
  readonly answer_seq: number;
  readonly created: Date;
  readonly interrupted: readonly { readonly id: string; readonly seq: number }[];
}

const ACCEPT = 'select * from accept_message(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
/** Rows that belong to an accepted message. They are inserted by the same statement, so that none is without the other. */
const ALERT = `insert into message_alerts (message_id, alert)
  select question_id, ?::json from accepted where kind = 'accepted'`;
const TRACE = `insert into generation_traces (generation_id, traceparent)
  select answer_id, ? from accepted where kind = 'accepted'`;

/** A duplicate inserts nothing. */
function acceptWith(inserts: readonly string[]): string {
  if (inserts.length === 0) return ACCEPT;
  const others = inserts.map((insert, index) => `inserted_${index} as (${insert})`);
  return `with accepted as materialized (${ACCEPT}), ${others.join(', ')} select * from accepted`;
}

/**
 * Accepts a message in one statement (`accept_message`, migration 012). Accepts of one conversation take turns.
 *
 * @param defaultModel the deployment's
 * @throws EncryptionError when what is stored of a repeated message cannot be read
 */
export async function acceptMessage(
  database: Knex,
  request: AcceptRequest,
  ids: NewIds,
  defaultModel: string,
  cipher: Cipher,
): Promise<Accepted> {
  const sealed = await seal(request, ids, cipher);
  let row = await callFunction(database, request, ids, sealed);
  if (row.kind === 'mismatch' && cipher.encrypts) {
    // Before encryption was switched on, the same message was stored with its plain hash.
    row = await callFunction(database, request, ids, { ...sealed, hash: request.requestHash });
  }
  return toAccepted(database, request, ids, row, defaultModel, cipher);
}

/** What of a message is stored in another form than it came. */
interface SealedMessage {
  readonly hash: Buffer;
  readonly text: string | null;
  readonly title: string | null;
}

async function seal(
  { userId, conversationId, requestHash, operation }: AcceptRequest,
  ids: NewIds,
  cipher: Cipher,
): Promise<SealedMessage> {
  const owner = { userId };
  const hash = await cipher.hmac(owner, requestHash);
  if (operation.kind !== 'send') return { hash, text: null, title: null };
  const title = titleFrom(operation.text);
  return {
    hash,
    text: await cipher.seal(owner, placeOf.message(ids.question), operation.text),
    title: title === null ? null : await cipher.seal(owner, placeOf.title(conversationId), title),
  };
}

async function callFunction(
  database: Knex,
  request: AcceptRequest,
  ids: NewIds,
  sealed: SealedMessage,
): Promise<AcceptedRow> {
  const { conversationId, userId, clientMessageId, operation } = request;
  const send = operation.kind === 'send' ? operation : undefined;
  const attachments = send?.attachments ?? [];
  const besides = [
    ...(send?.alert ? [{ insert: ALERT, value: JSON.stringify(send.alert) }] : []),
    ...(request.traceparent === undefined ? [] : [{ insert: TRACE, value: request.traceparent }]),
  ];
  const [row] = await rows<AcceptedRow>(database, acceptWith(besides.map(({ insert }) => insert)), [
    conversationId,
    userId,
    clientMessageId,
    sealed.hash,
    refusalOf(request),
    ids.question,
    sealed.text,
    sealed.title,
    send?.whenBusy ?? null,
    operation.kind === 'regenerate' ? operation.messageId : null,
    ids.answer,
    attachments.map((id) => (isId(id) ? id : NOBODYS_ID)),
    send?.model ?? null,
    ...besides.map(({ value }) => value),
  ]);
  if (!row) throw new Error('accept_message returned no row');
  return row;
}

async function toAccepted(
  database: Knex,
  request: AcceptRequest,
  ids: NewIds,
  row: AcceptedRow,
  defaultModel: string,
  cipher: Cipher,
): Promise<Accepted> {
  if (row.kind === 'unprocessable') return { kind: row.kind, reason: request.refusal ?? '' };
  if (row.kind !== 'accepted' && row.kind !== 'duplicate') return { kind: row.kind };
  const { conversationId, operation } = request;
  const send = operation.kind === 'send' ? operation : undefined;
  const ref = { conversationId, messageId: row.answer_id, seq: row.answer_seq };
  const duplicate = row.kind === 'duplicate' && row.answer_id !== ids.answer;
  const interrupted = (row.interrupted ?? []).map(({ id, seq }) => ({ conversationId, messageId: id, seq }));
  const isNew = row.kind === 'accepted' && send !== undefined && !send.attachments?.length;
  const pair = isNew
    ? newPair(request, row, send, defaultModel)
    : await storedPair(database, ref, defaultModel, cipher);
  return { kind: 'accepted', duplicate, ref, interrupted, ...pair };
}

/** An id that no attachment has. */
const NOBODYS_ID = '00000000-0000-0000-0000-000000000000';

function refusalOf({ queueAvailable, overLimit, refusal }: AcceptRequest): string | null {
  if (!queueAvailable) return 'unavailable';
  if (overLimit) return 'rate_limited';
  return refusal === undefined ? null : 'unprocessable';
}

type Pair = Pick<Extract<Accepted, { kind: 'accepted' }>, 'userMessage' | 'answer'>;

/** What was stored a moment ago needs no look. */
function newPair(
  request: AcceptRequest,
  row: AcceptedRow,
  send: Extract<AcceptRequest['operation'], { kind: 'send' }>,
  defaultModel: string,
): Pair {
  const common = {
    conversation_id: request.conversationId,
    seq: row.answer_seq,
    created_at: row.created,
    client_message_id: request.clientMessageId,
    status: 'queued',
    model: send.model ?? null,
    prompt_tokens: null,
    completion_tokens: null,
    omitted_messages: null,
    feedback: null,
    error_code: null,
    error_message: null,
    ended_at: null,
    attachments: null,
    alert: send.alert ?? null,
    sources: null,
    attempts: [],
  } as const;
  return {
    userMessage: toMessage(
      { ...common, id: row.question_id, role: 'user', reply_to: null, content: send.text },
      defaultModel,
    ),
    answer: toStoredMessage(
      {
        ...common,
        id: row.answer_id,
        role: 'assistant',
        reply_to: row.question_id,
        content: '',
      },
      defaultModel,
    ),
  };
}

async function storedPair(
  database: Knex,
  { messageId }: GenerationRef,
  defaultModel: string,
  cipher: Cipher,
): Promise<Pair> {
  const stored = await rows<MessageRowWithAttempts>(
    database,
    `select ${MESSAGE_COLUMNS}, m.content, ${ATTEMPTS_COLUMN} from ${MESSAGES_WITH_GENERATIONS}
     where m.id = ? or m.id = (select reply_to from messages where id = ?)`,
    [messageId, messageId],
  );
  const found = await openMessages(cipher, stored);
  const answer = found.find((row) => row.id === messageId);
  const question = found.find((row) => row.id !== messageId);
  if (!answer || !question) throw new Error('an accepted message is not there');
  return { userMessage: toMessage(question, defaultModel), answer: toStoredMessage(answer, defaultModel) };
}
