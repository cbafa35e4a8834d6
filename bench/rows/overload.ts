import { setTimeout as sleep } from 'node:timers/promises';
import { Asker } from '../../test/support/asker.js';
import { Person } from '../../test/support/client.js';
import { quantile } from '../report/quantiles.js';
import type { Figure } from '../report/report.js';
import type { GatewayFactory } from '../systems/gateway.js';
import { QUESTION } from '../systems/gateway-clients.js';
import type { Row } from './row.js';

/** Sends a second: about what two cores can answer, and multiples of it. */
const OFFERED = [40, 80, 160, 320] as const;
const MEASURED_MS = 15_000;
const LIVE_EVERY_MS = 100;
const CONVERSATIONS = 400;

/** B10: sends at a fixed rate, whatever the gateway answers: how long liveness takes meanwhile, and what the sends get. */
export const overload: Row = async ({ servers, ours, baselines, rounds }) => {
  await servers.script({ stamped: true, tokenCount: 3, tokensPerSecond: 0 });
  const figures: Figure[] = [];
  for (const offered of OFFERED) {
    for (const factory of [...baselines, ours]) {
      const all: Overloaded[] = [];
      for (let round = 0; round < rounds; round += 1) all.push(await play(factory, offered));
      const at = `${offered} sends a second`;
      const figure = (what: string, of: (result: Overloaded) => number): void => {
        figures.push({ system: factory.name, at, what, values: all.map(of) });
      };
      figure('liveness p50 (ms)', ({ live }) => quantile(live, 0.5));
      figure('liveness max (ms)', ({ live }) => Math.max(...live));
      figure('accepted (%)', (result) => (100 * accepted(result).length) / result.sends.length);
      figure('until accepted, p99 (ms)', (result) =>
        quantile(
          accepted(result).map(({ ms }) => ms),
          0.99,
        ),
      );
      figure('refused with 503', ({ sends }) => sends.filter(({ status }) => status === 503).length);
      figure('without an answer', ({ sends }) => sends.filter(({ status }) => status === 0).length);
    }
  }
  return { row: 'B10', title: 'overload', figures, targets: [] };
};

interface Send {
  readonly status: number;
  readonly ms: number;
}

interface Overloaded {
  /** How long each request for liveness took, in ms. */
  readonly live: readonly number[];
  readonly sends: readonly Send[];
}

function accepted({ sends }: Overloaded): readonly Send[] {
  return sends.filter(({ status }) => status === 202);
}

async function play(factory: GatewayFactory, offered: number): Promise<Overloaded> {
  const system = await factory.start();
  const asker = new Asker();
  try {
    const conversations: [Person, string][] = [];
    for (const token of await system.tokens(CONVERSATIONS)) {
      const person = new Person(system.url, token);
      conversations.push([person, await person.newConversation()]);
    }
    const sends: Send[] = [];
    const live = await asker.during(
      { url: `${system.url}/health/live`, pauseMs: LIVE_EVERY_MS },
      async () => {
        const pending: Promise<void>[] = [];
        const began = performance.now();
        for (let sent = 0; performance.now() < began + MEASURED_MS; sent += 1) {
          const wait = began + (sent * 1000) / offered - performance.now();
          if (wait > 0) await sleep(wait);
          const [person, id] = conversations[sent % CONVERSATIONS] ?? [];
          if (person && id) pending.push(send(person, id).then((result) => void sends.push(result)));
        }
        await Promise.all(pending);
      },
    );
    return { live: live.times, sends };
  } finally {
    await asker.leave();
    await system.stop();
  }
}

/** Status 0: no answer came. */
async function send(person: Person, id: string): Promise<Send> {
  const began = performance.now();
  const status = await person.send(id, QUESTION).then(
    (answer) => answer.status,
    () => 0,
  );
  return { status, ms: performance.now() - began };
}
