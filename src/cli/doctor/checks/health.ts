import { VERSION } from '../../../schemas/json-schema.js';
import type { Check, Context } from '../check.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import { codeOf, type Gateway, type Reply } from '../gateway.js';

/** Advice for each part that readiness may name as missing. */
const MISSING: Readonly<Record<string, string>> = {
  postgres: 'can the gateway reach DATABASE_URL?',
  redis: 'can the gateway reach REDIS_URL?',
  queue: 'can the gateway reach REDIS_URL, and is Redis out of memory?',
  draining: 'it is shutting down: ask again, or look why no other gateway takes over',
};

/** What is not there without each part that readiness may name as degraded, and what to look at. */
const DEGRADED: Readonly<Record<string, string>> = {
  provider: 'is the model server up, and is OLLAMA_HOST right? Nothing can be answered meanwhile',
  attachments:
    'is the folder of ATTACHMENT_DIR mounted, does it have room, and may the gateway write there? No image or voice message can be taken meanwhile',
};

/** Whether it is a gateway, of which version, and whether it is ready. */
export const health: Check<Context> = {
  about: 'health',
  async run({ gateway }) {
    const live = await isLive(gateway);
    if (live.level === 'fail') return [live];
    return [live, ...(await standsBetween(gateway)), await isReady(gateway), await isKnown(gateway)];
  },
};

async function isLive(gateway: Gateway): Promise<Finding> {
  let reply: Reply;
  try {
    reply = await gateway.ask('/health/live');
  } catch (error) {
    return fail(
      'live',
      `connected, but no answer came (${codeOf(error)})`,
      'is it a gateway that listens there?',
    );
  }
  if (reply.status === 200 && fieldOf(reply, 'status') === 'live') {
    return ok('live', `answers within ${Math.round(reply.tookMs)} ms`);
  }
  const by = gateway.proxy ? `${gateway.proxy.name} answers` : 'something answers';
  const advice = [502, 503, 504].includes(reply.status)
    ? 'the proxy does not reach the gateway: is it up, and is its address in the proxy the right one?'
    : 'does --url lead to the gateway, with the path that the proxy strips?';
  return fail('live', `${by} GET /health/live with ${reply.status}`, advice);
}

async function standsBetween({ proxy }: Gateway): Promise<Finding[]> {
  return proxy ? [ok('proxy', `${proxy.name} stands before it, as its headers say`)] : [];
}

async function isReady(gateway: Gateway): Promise<Finding> {
  const reply = await gateway.ask('/health/ready');
  const missing = namesIn(reply, 'missing');
  const degraded = namesIn(reply, 'degraded');
  if (reply.status !== 200) {
    const finding = `not ready: ${missing.join(', ') || `status ${reply.status}`} missing`;
    return fail(
      'ready',
      finding,
      missing.map((name) => MISSING[name] ?? name).join(' ') || 'look at its log',
    );
  }
  if (degraded.length > 0) {
    const advice = degraded.map((name) => DEGRADED[name] ?? name).join('. ');
    return warn(
      'ready',
      `degraded: ${degraded.join(', ')} ${degraded.length > 1 ? 'do' : 'does'} not answer`,
      advice,
    );
  }
  return ok('ready', 'has all that it needs');
}

async function isKnown(gateway: Gateway): Promise<Finding> {
  const { body } = await gateway.ask('/openapi.json');
  const version = /"version":\s*"([^"]{1,40})"/.exec(body)?.[1];
  if (version === VERSION) return ok('version', version);
  return warn(
    'version',
    `the gateway is ${version ?? 'of an unknown version'}, this doctor ${VERSION}`,
    'use the one that came with it',
  );
}

function fieldOf({ body }: Reply, name: string): unknown {
  try {
    return (JSON.parse(body) as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

function namesIn(reply: Reply, name: string): string[] {
  const value = fieldOf(reply, name);
  return Array.isArray(value) ? value.map(String) : [];
}
