import { resumeFromRedis } from './resume-redis.js';
import { resumeOverSse } from './resume-sse.js';
import type { Stage } from './stage.js';

/** What it costs to come back to an answer of 4,000 tokens, from its start and from its middle. */
export async function resume(stage: Stage): Promise<void> {
  await resumeFromRedis(stage);
  await resumeOverSse(stage);
}
