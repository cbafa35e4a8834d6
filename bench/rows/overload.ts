import { setTimeout as sleep } from 'node:timers/promises';
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
      figure('accepted a second', ({ accepted }) => (accepted * 1000) / MEASURED_MS);
      figure('refused with 503 a second', ({ refused }) => (refused * 1000) / MEASURED_MS);
      figure('other answers', ({ other }) => other);
    }
  }
  return { row: 'B10', title: 'overload', figures, targets: [] };
};

interface Overloaded {
  readonly live: readonly number[];
  readonly accepted: number;
  readonly refused: number;
  readonly other: number;
}

async function play(factory: GatewayFactory, offered: number): Promise<Overloaded> {
  const system = await factory.start();
  try {
    const people = (await system.tokens(CONVERSATIONS)).map((token) => new Person(system.url, token));
    const conversations: [Person, string][] = [];
    for (const person of people) conversations.push([person, await person.newConversation()]);
    const live: number[] = [];
    const counts = { accepted: 0, refused: 0, other: 0 };
    const end = performance.now() + MEASURED_MS;
    const pending: Promise<void>[] = [];
    const probe = async (): Promise<void> => {
      while (performance.now() < end) {
        const began = performance.now();
        const { status } = await fetch(`${system.url}/health/live`);
        if (status === 200) live.push(performance.now() - began);
        await sleep(LIVE_EVERY_MS);
      }
    };
    const probing = probe();
    const began = performance.now();
    for (let sent = 0; performance.now() < end; sent += 1) {
      const wait = began + (sent * 1000) / offered - performance.now();
      if (wait > 0) await sleep(wait);
      const [person, id] = conversations[sent % CONVERSATIONS] ?? [];
      if (person && id) pending.push(count(person.send(id, QUESTION), counts));
    }
    await Promise.all([probing, ...pending]);
    return { live, ...counts };
  } finally {
    await system.stop();
  }
}

async function count(
  send: Promise<{ readonly status: number }>,
  counts: { accepted: number; refused: number; other: number },
): Promise<void> {
  const status = await send.then(
    (answer) => answer.status,
    () => 0,
  );
  if (status === 202) counts.accepted += 1;
  else if (status === 503) counts.refused += 1;
  else counts.other += 1;
}
