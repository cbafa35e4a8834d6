import { setTimeout as sleep } from 'node:timers/promises';
import { AskingClient, type AskingHabits } from './asking-client.js';
import type { Talk, Violation } from './checks.js';
import { Device, type Habits, type Surroundings } from './device.js';
import type { Style } from './question.js';
import type { Stored } from './stored.js';

/** What people do in a conversation. */
export interface Manners extends Habits, AskingHabits, Style {
  readonly devices: number;
  /** Least and most. */
  readonly questions: readonly [number, number];
  /** How often, from 0 to 1, a conversation is deleted in the middle of it. */
  readonly delete: number;
}

export const MANNERS: Manners = {
  devices: 2,
  questions: [1, 4],
  delete: 0.1,
  restlessMs: 6000,
  stop: 0.15,
  interrupt: 0.1,
  regenerate: 0.15,
  repeat: 0.3,
  tokens: [20, 150],
  tokensPerSecond: 20,
};

/** I3: how long an answer may take after it was accepted, and a client to be told, in ms. Disasters included. */
const END_WITHIN_MS = 180_000;
const TOLD_WITHIN_MS = 60_000;
const LOOK_MS = 200;

/** Has one conversation, from its beginning to its end; then tells what there is to check. */
export async function talk(
  number: number,
  manners: Manners,
  around: Surroundings,
  stored: Stored,
): Promise<Talk> {
  const { random } = around;
  const noticed: Violation[] = [];
  const closed = new AbortController();
  const conversation = await begin(around);
  const client = new AskingClient(
    number,
    conversation,
    around,
    (invariant, how) => noticed.push({ invariant, how }),
    closed.signal,
  );
  const questionOf = (key: string) => client.requests.find((request) => request.key === key)?.question;
  const devices = Array.from(
    { length: manners.devices },
    (_, index) => new Device(`c${number} device ${index + 1}`, conversation, around, manners, questionOf),
  );

  const deletes = random.chance(manners.delete);
  const asking = askAll(client, manners, around);
  if (deletes) {
    await sleep(random.between(0, 4000));
    closed.abort();
    await client.delete();
    await asking;
  } else {
    await asking;
    const ids = new Set(client.requests.flatMap(({ messageId }) => messageId ?? []));
    await allEnded(stored, conversation);
    await Promise.all(devices.map((device) => device.toldAll(ids, TOLD_WITHIN_MS)));
  }
  await Promise.all(devices.map((device) => device.close()));

  // Its rows are removed in batches, soon after the deletion.
  const rowsLeft = deletes ? await stored.countAfterPurge(conversation) : undefined;
  const rows = await stored.rows(conversation);
  const texts = await Promise.all(
    rows.map(async ({ id }) => [id, await stored.logText(conversation, id)] as const),
  );
  return {
    number,
    requests: client.requests,
    transcripts: devices,
    rows,
    logs: new Map(texts.flatMap(([id, text]) => (text === undefined ? [] : [[id, text]]))),
    ...(rowsLeft !== undefined && { rowsLeft }),
    noticed,
  };
}

async function begin({ anywhere, random }: Surroundings): Promise<string> {
  for (;;) {
    try {
      const id: unknown = await anywhere().newConversation();
      if (typeof id === 'string') return id;
    } catch {
      // The gateway went away; another is there.
    }
    await sleep(random.between(50, 300));
  }
}

async function askAll(
  client: AskingClient,
  manners: Manners,
  { random, isOver }: Surroundings,
): Promise<void> {
  let left = random.whole(...manners.questions);
  do {
    const request = await client.ask(manners, manners);
    if (request.messageId === undefined) return;
    await sleep(random.between(0, 3000));
    if (random.chance(manners.stop)) await client.stop(request);
    if (random.chance(manners.regenerate)) await client.regenerate(request);
    left--;
  } while (left > 0 && !isOver());
}

/** Returns late rather than never: what has not ended then is found by the checks. */
async function allEnded(stored: Stored, conversation: string): Promise<void> {
  const late = performance.now() + END_WITHIN_MS;
  while (performance.now() < late) {
    if ((await stored.rows(conversation)).every(({ ended }) => ended)) return;
    await sleep(LOOK_MS);
  }
}
