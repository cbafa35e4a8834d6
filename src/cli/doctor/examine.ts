import type { Identity } from '../identity.js';
import type { Check, Context, UserContext } from './check.js';
import { answer } from './checks/answer.js';
import { bodySize } from './checks/body-size.js';
import { buffering } from './checks/buffering.js';
import { clock } from './checks/clock.js';
import { cors } from './checks/cors.js';
import { health } from './checks/health.js';
import { idle } from './checks/idle.js';
import { origin } from './checks/origin.js';
import { postgres } from './checks/postgres.js';
import { reach } from './checks/reach.js';
import { redis } from './checks/redis.js';
import { sticky } from './checks/sticky.js';
import { webSocket } from './checks/websocket.js';
import { type Finding, fail } from './finding.js';
import { codeOf } from './gateway.js';
import { openSession } from './session.js';

export interface Examination extends Context {
  readonly who: Identity;
  readonly redisUrl?: string | undefined;
  readonly databaseUrl?: string | undefined;
}

/** Each needs what the one before has shown. */
const FOUNDATIONS: readonly Check<Context>[] = [reach, health];
const FOR_ANYBODY: readonly Check<Context>[] = [clock, cors];
/** At the same time, since holding connections open takes long and disturbs nobody. */
const FOR_USERS: readonly Check<UserContext>[] = [
  answer,
  buffering,
  webSocket,
  origin,
  sticky,
  bodySize,
  idle,
];

/** All findings, in the order in which they are found. What cannot be looked at for a reason found before is left out. */
export async function* examine(examination: Examination): AsyncGenerator<Finding, void> {
  yield* lookAtGateway(examination);
  const { redisUrl, databaseUrl } = examination;
  if (redisUrl !== undefined) yield* await run(redis, { redisUrl });
  if (databaseUrl !== undefined) yield* await run(postgres, { databaseUrl });
}

async function* lookAtGateway(examination: Examination): AsyncGenerator<Finding, void> {
  for (const check of FOUNDATIONS) {
    const findings = await run(check, examination);
    yield* findings;
    // Without a connection or an answer there is nothing to be seen through it.
    if (findings.some(({ level, about }) => level === 'fail' && about !== 'ready')) return;
  }
  for (const check of FOR_ANYBODY) yield* await run(check, examination);
  yield* await run(asUser(examination), examination);
}

/** One check of all that needs a user, who is signed in once. */
function asUser({ who }: Examination): Check<Context> {
  return {
    about: 'auth',
    async run(context) {
      const { findings, session } = await openSession(context.gateway, who, context.idleMs);
      if (!session) return findings;
      try {
        const [talkingId, silentId] = [await session.newConversation(), await session.newConversation()];
        const user = { ...context, token: session.token, talkingId, silentId };
        return [...findings, ...(await Promise.all(FOR_USERS.map((check) => run(check, user)))).flat()];
      } finally {
        await session.close();
      }
    },
  };
}

async function run<C>(check: Check<C>, context: C): Promise<readonly Finding[]> {
  try {
    return await check.run(context);
  } catch (error) {
    return [
      fail(
        check.about,
        `could not be looked at (${codeOf(error)})`,
        'try again, and look at the gateway’s log',
      ),
    ];
  }
}
