import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { GenerationRow } from './model/rows.js';
import type { Reader } from './reader.js';
import type { User } from './user.js';
import type { World } from './world.js';

const ENDING = `\n\n${DISCLAIMER}`;
/** How soon an answer is begun in a mild history, once it is its turn, in ms: sooner than a sweeper would come by. */
const BEGIN_MS = 800;
/** How soon a stop ends an answer when nothing goes wrong, in ms. */
const STOP_MS = 3000;
/** Everybody and everything of a history, when it is over. */
export interface Past {
  readonly world: World;
  readonly users: readonly User[];
  readonly readers: readonly Reader[];
}

/** Whether there is nothing left to wait for: all has ended, nobody is at it, and all have been told. */
export function isOver({ world, users, readers }: Past): boolean {
  const { conversations, generations } = world.rows;
  for (const { endedAt, logClosed } of generations.values()) {
    if (endedAt === undefined || !logClosed) return false;
  }
  if (!users.every(({ done }) => done)) return false;
  if (world.runners.some(({ process, runner }) => process.alive && runner.running.size > 0)) return false;
  return readers.every((reader) => {
    const conversation = conversations.get(reader.conversationId);
    if (!conversation) return reader.gone;
    if (reader.from === undefined) return false;
    const toBeTold = conversation.generations.slice(reader.from - 1);
    return toBeTold.every(({ ref }) => reader.shown.answers.get(ref.messageId)?.doneAt !== undefined);
  });
}

/** What of all that must always hold did not. */
export function check(past: Past): void {
  const { world, users, readers } = past;
  for (const row of world.rows.generations.values()) checkAnswer(world, row);
  for (const { generations } of world.rows.conversations.values()) checkOrder(world, generations);
  for (const reader of readers) checkReader(world, reader);
  for (const user of users) checkUser(world, user);
  checkLogs(world);
}

/** One end, in the model's words for this question, and one disclaimer. */
function checkAnswer({ texts, continues, network, violation }: World, row: GenerationRow): void {
  const { content, outcome, ends, question, ref } = row;
  const wrong = (what: string): void => violation(`${ref.messageId} ${what}`);
  if (ends !== 1) wrong(`has ${ends} ends`);
  if (content !== '' && !content.endsWith(ENDING)) wrong('ends without the disclaimer');
  if (content.endsWith(ENDING + ENDING)) wrong('has the disclaimer twice');
  if ((content === '') !== (outcome?.status === 'failed') && outcome?.status !== 'stopped') {
    wrong(`is ${outcome?.status} with ${content.length} units of text`);
  }
  const said = content.slice(0, -ENDING.length);
  const origins = texts.of(question.text).filter((text) => text.startsWith(said));
  if (content !== '' && origins.length === 0) wrong(`is not what the model said: ${JSON.stringify(content)}`);
  const whole = origins.some((text) => text === said || text === content);
  if (content !== '' && outcome?.status === 'complete' && !whole) wrong('is complete, and not whole');
  if (network.faultRates.mild && row.attempt !== 1) {
    wrong(`took ${row.attempt} attempts in a mild history${continues ? '' : ', each from the start'}`);
  }
}

/** None began before the one before it had ended. */
function checkOrder({ network, violation }: World, generations: readonly GenerationRow[]): void {
  for (const [index, { ref, acceptedAt, claimedAt = 0 }] of generations.entries()) {
    const endedBefore = generations[index - 1]?.endedAt ?? 0;
    if (claimedAt < endedBefore) violation(`${ref.messageId} was begun out of turn`);
    const late = claimedAt - Math.max(acceptedAt, endedBefore);
    if (network.faultRates.mild && network.faultRates.lostJobs === 0 && late > BEGIN_MS) {
      violation(`${ref.messageId} was begun ${late.toFixed(0)} ms late`);
    }
  }
}

/** A client shows each answer that it was told of exactly as its row has it. */
function checkReader({ rows, violation }: World, reader: Reader): void {
  for (const [messageId, { text }] of reader.shown.answers) {
    const row = rows.generations.get(messageId);
    if (!row) {
      if (rows.conversations.has(reader.conversationId))
        violation(`${reader.name} has a foreign ${messageId}`);
      continue;
    }
    if (text !== row.content) {
      violation(
        `${reader.name} shows ${JSON.stringify(text)} for ${messageId}, which is ${JSON.stringify(row.content)}`,
      );
    }
  }
}

/** What was acknowledged is there, once; what was stopped has stopped. */
function checkUser({ rows, violation }: World, user: User): void {
  const conversation = rows.conversations.get(user.conversationId);
  if (user.deleted && conversation) violation(`${user.conversationId} was deleted, and is there`);
  if (!conversation) return;
  const keys = conversation.generations.map(({ key }) => key);
  if (new Set(keys).size < keys.length) violation(`${user.conversationId} has two answers to one request`);
  for (const [key, { ref }] of user.sent) {
    if (!rows.generations.has(ref.messageId)) violation(`${key} was accepted, and is lost`);
  }
  for (const { messageId, at, unclaimed, undisturbed } of user.stops) {
    const row = rows.generations.get(messageId);
    if (unclaimed && row?.content) violation(`${messageId} was stopped before it began, and has text`);
    if (undisturbed && (row?.endedAt ?? 0) > at + STOP_MS) violation(`${messageId} went on after a stop`);
  }
}

/** Logs of what has ended are closed, or they would be kept for ever; of what was deleted there is no text. */
function checkLogs({ logs, rows, network, violation }: World): void {
  for (const [messageId, log] of logs.all) {
    const row = rows.generations.get(messageId);
    if (network.faultRates.mild && row && !log.closed) violation(`the log of ${messageId} was not closed`);
    if (row || log.snapshot.text === '') continue;
    // A worker that gave text back and crashed before it could know leaves it until the log expires; so does a gateway
    // that crashed before it could erase it, and a log that went back.
    const known = logs.erased.has(messageId) && logs.restorers.get(messageId)?.alive !== false;
    if (known || network.faultRates.mild) violation(`${messageId} was deleted, and its text is there`);
  }
}
