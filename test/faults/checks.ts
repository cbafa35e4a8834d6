import type { Request } from './asking-client.js';
import { isBeginning, isEnd, isWhole, type Question, talksIn } from './question.js';
import { type Break, type Invariant, Shown } from './shown.js';
import type { Row } from './stored.js';
import type { Told, Transcript } from './transcript.js';

/** A conversation from its beginning to its end: what was asked, what its clients were told, and what was stored. */
export interface Talk {
  readonly number: number;
  readonly requests: readonly Request[];
  readonly transcripts: readonly Transcript[];
  /** Empty after a deletion. */
  readonly rows: readonly Row[];
  /** What Redis has, by message id. */
  readonly logs: ReadonlyMap<string, string>;
  /** How many rows of any kind a conversation that was deleted still has. */
  readonly rowsLeft?: number;
  /** What those who took part noticed. */
  readonly noticed: readonly Violation[];
}

export interface Violation {
  readonly invariant: Invariant;
  readonly how: string;
  /** Who was told wrongly, and the moment in their transcript. */
  readonly client?: string;
  readonly told?: Told;
}

/** All that must always hold and did not. */
export function check(talk: Talk): Violation[] {
  return [
    ...talk.noticed,
    ...talk.transcripts.flatMap((transcript) => checkTranscript(talk, transcript)),
    ...(talk.rowsLeft === undefined ? checkRows(talk) : checkDeleted(talk.rowsLeft)),
  ];
}

/** I1, I4 and I5: everything that one client was told, and that it has at the end what the rows have. */
function checkTranscript(talk: Talk, { client, told }: Transcript): Violation[] {
  const violations: Violation[] = [];
  const questions = new Map(talk.requests.map(({ key, question }) => [key, question]));
  let now: Told | undefined;
  const shown = new Shown(
    (key) => questions.get(key),
    (invariant, how) => violations.push({ invariant, how, client, ...(now && { told: now }) }),
  );
  for (now of told) {
    shown.take(now);
    for (const other of talksIn(JSON.stringify(now))) {
      if (other !== talk.number) {
        violations.push({
          invariant: 'I5',
          how: `text of conversation ${other} is shown`,
          client,
          told: now,
        });
      }
    }
  }
  if (talk.rowsLeft !== undefined) return violations;
  const rows = new Map(talk.rows.map((row) => [row.id, row]));
  for (const [id, { question, text, end }] of shown.answers) {
    const row = rows.get(id);
    if (!end)
      violations.push({ invariant: 'I3', how: `${client} was not told the end of ${question.key}`, client });
    if (row && row.content !== text) {
      violations.push({
        invariant: 'I2',
        how: `${client} shows ${question.key} otherwise than its row`,
        client,
      });
    }
  }
  return violations;
}

/** I2, I3 and what was accepted: one row for each request, with a right end. */
function checkRows({ requests, rows, logs }: Talk): Violation[] {
  const violations: Violation[] = [];
  const wrong: Break = (invariant, how) => violations.push({ invariant, how });
  for (const request of requests) {
    const row = rows.find(({ id }) => id === request.messageId);
    if (row) checkRow(request, row, wrong);
    else wrong('accepted', `${request.key} was accepted as ${request.messageId}, and is lost`);
  }
  for (const [index, { seq, key, id, content }] of rows.entries()) {
    const request = requests.find((request) => request.key === key);
    if (!request) wrong('accepted', `${key} is stored, and nobody asked it`);
    else checkLog(request.question, logs.get(id), content, wrong);
    if (seq !== index + 1) wrong('I2', `${key} has number ${seq} and is the ${index + 1}th`);
  }
  const keys = new Set(rows.map(({ key }) => key));
  if (keys.size < rows.length) wrong('accepted', 'a request was answered twice');
  return violations;
}

function checkRow({ question, key, stopped, ended }: Request, row: Row, wrong: Break): void {
  if (!row.ended) return wrong('I3', `${key} has no end: ${row.status}`);
  if (row.key !== key) wrong('accepted', `${key} was accepted as ${row.id}, which is ${row.key}`);
  if (row.question !== question.text) wrong('I5', `${key} is stored with another question`);
  if (!isEnd(row.content, question))
    wrong('I2', `${key} is not what the model said, and the disclaimer once`);
  const whole = row.status === 'complete' && isWhole(row.content, question);
  if (!whole && !(stopped && row.status === 'stopped')) {
    const { status, error, attempts } = row;
    wrong('I2', `${key} is ${status} (${error}) with ${row.content.length} units, at attempt ${attempts}`);
  }
  if (ended && ended.content !== row.content) wrong('I2', `${key} was sent to a waiting chat otherwise`);
}

/** A log may be gone or, after an old snapshot, older; but never another text. */
function checkLog(question: Question, log: string | undefined, content: string, wrong: Break): void {
  if (log === undefined || log === content) return;
  if (!isBeginning(log, question)) wrong('I2', `the log of ${question.key} has another text than its row`);
}

function checkDeleted(rowsLeft: number): Violation[] {
  if (rowsLeft === 0) return [];
  return [
    { invariant: 'accepted', how: `the conversation was deleted, and ${rowsLeft} of its rows are there` },
  ];
}
