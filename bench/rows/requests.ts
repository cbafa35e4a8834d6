import { join } from 'node:path';
import { Person } from '../../test/support/client.js';
import { SECRET } from '../../test/support/token.js';
import { cpuMs } from '../load/cpu.js';
import type { Call } from '../load/lines.js';
import { requestsFor } from '../load/requests.js';
import type { Figure, Target } from '../report/report.js';
import { QUESTION } from '../systems/gateway-clients.js';
import { type ServerProcess, startProcess } from '../systems/process.js';
import type { Contestants, Row } from './row.js';

const CONVERSATIONS = 200;
const MESSAGES = 20;
const WARM_UP_MS = 1500;
const MEASURED_MS = 5000;

const KINDS = [
  { name: 'list of messages', method: 'GET', status: 200 },
  { name: 'send', method: 'POST', status: 202 },
] as const;

/** B7: requests a second against a bare Koa server with the same token check, the same statements and the same job. */
export const requests: Row = async (contestants) => {
  const measured = new Map<string, { perSecond: number[]; cpu: number[] }>();
  for (let round = 0; round < contestants.rounds; round += 1) await play(contestants, measured);
  const figures: Figure[] = [];
  const targets: Target[] = [];
  for (const [key, { perSecond, cpu }] of measured) {
    const [system = '', at = ''] = key.split('\n');
    figures.push({ system, at, what: 'requests a second', values: perSecond });
    figures.push({ system, at, what: 'CPU a request of this process (ms)', values: cpu });
  }
  for (const { name } of KINDS) {
    targets.push({ at: name, what: 'requests a second', system: 'ours', against: 'bare', atLeast: 0.95 });
  }
  return { row: 'B7', title: 'requests', figures, targets };
};

/** Both servers share the database, Redis and a worker, and take turns. */
async function play(
  { servers, ours }: Contestants,
  measured: Map<string, { perSecond: number[]; cpu: number[] }>,
): Promise<void> {
  await servers.script({ stamped: true, tokenCount: 3, tokensPerSecond: 0 });
  const system = await ours.start();
  let bare: ServerProcess | undefined;
  try {
    bare = await startProcess(['--import', 'tsx', join(import.meta.dirname, '../systems/peers/rest.ts')], {
      cwd: process.cwd(),
      env: { DATABASE_URL: system.databaseUrl, REDIS_URL: system.redisUrl, JWT_SECRET: SECRET },
      readyMessage: 'ready',
    });
    const conversations: { readonly id: string; readonly token: string }[] = [];
    for (const token of await system.tokens(CONVERSATIONS)) {
      const person = new Person(system.url, token);
      const id = await person.newConversation();
      conversations.push({ id, token });
      if (conversations.length > 1) continue;
      for (let sent = 0; sent < MESSAGES / 2; sent += 1) await person.chat(id, QUESTION);
    }
    const contestants = [
      { name: 'bare', url: `http://127.0.0.1:${String(bare.ready['port'])}`, pid: bare.pid },
      { name: 'ours', url: system.url, pid: system.pids['gateway'] ?? 0 },
    ];
    for (const kind of KINDS) {
      for (const { name, url, pid } of contestants) {
        const calls: Call[] = conversations.map(({ id, token }) => ({
          method: kind.method,
          url: `${url}/api/conversations/${id}/messages`,
          headers: { Authorization: `Bearer ${token}` },
          ...(kind.method === 'POST' && { body: { text: QUESTION } }),
        }));
        // A list is of the conversation that has messages.
        const chosen = kind.method === 'GET' ? calls.slice(0, 1) : calls;
        await requestsFor(WARM_UP_MS, chosen, kind.status);
        const before = cpuMs(pid);
        const began = performance.now();
        const answered = await requestsFor(MEASURED_MS, chosen, kind.status);
        const seconds = (performance.now() - began) / 1000;
        const key = `${name}\n${kind.name}`;
        const figures = measured.get(key) ?? { perSecond: [], cpu: [] };
        measured.set(key, figures);
        figures.perSecond.push(answered / seconds);
        figures.cpu.push((cpuMs(pid) - before) / answered);
      }
    }
  } finally {
    await bare?.stop();
    await system.stop();
  }
}
