import type { Identity } from '../identity.js';
import type { Check, Context, UserContext } from './check.js';
import { answer } from './checks/answer.js';
import { bodySize } from './checks/body-size.js';
import { buffering } from './checks/buffering.js';
import { clock } from './checks/clock.js';
import { cors } from './checks/cors.js';
import { type EmbeddingContext, embedding } from './checks/embedding.js';
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

export interface DoctorOptions extends Context {
  readonly who: Identity;
  readonly redisUrl?: string | undefined;
  readonly databaseUrl?: string | undefined;
  readonly embedding?: EmbeddingContext | undefined;
}

/** The rest is useless if one of these fails. */
const FOUNDATIONS: readonly Check<Context>[] = [reach, health];
const FOR_ANYBODY: readonly Check<Context>[] = [clock, cors];
/** Run at the same time, since `idle` takes long. */
const FOR_USERS: readonly Check<UserContext>[] = [
  answer,
  buffering,
  webSocket,
  origin,
  sticky,
  bodySize,
  idle,
];

/** Yields findings as they are made. Checks that an earlier failure makes useless are left out. */
export async function* runChecks(options: DoctorOptions): AsyncGenerator<Finding, void> {
  yield* checkGateway(options);
  const { redisUrl, databaseUrl } = options;
  if (redisUrl !== undefined) yield* await run(redis, { redisUrl });
  if (options.embedding) yield* await run(embedding, options.embedding);
  if (databaseUrl !== undefined) yield* await run(postgres, { databaseUrl });
}

async function* checkGateway(options: DoctorOptions): AsyncGenerator<Finding, void> {
  for (const check of FOUNDATIONS) {
    const findings = await run(check, options);
    yield* findings;
    // Without a connection or a response no other check can see anything.
    if (findings.some(({ level, about }) => level === 'fail' && about !== 'ready')) return;
  }
  for (const check of FOR_ANYBODY) yield* await run(check, options);
  yield* await run(asUser(options), options);
}

/** All checks that need a user, with one sign-in. */
function asUser({ who }: DoctorOptions): Check<Context> {
  return {
    about: 'auth',
    async run(context) {
      const { findings, session } = await openSession(context.gateway, who, context.idleMs);
      if (!session) return findings;
      try {
        const [activeConversationId, idleConversationId] = [
          await session.newConversation(),
          await session.newConversation(),
        ];
        const user = { ...context, token: session.token, activeConversationId, idleConversationId };
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
