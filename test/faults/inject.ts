import { setTimeout as sleep } from 'node:timers/promises';
import { JUMP } from './jumping-clock.js';
import type { Member } from './member.js';
import type { Fault } from './plan.js';
import { crashPostgres } from './postgres-crash.js';
import type { Site, Ways } from './site.js';
import type { Condition } from './way.js';

/** Told of a worker that is about to be killed, by the name that the model server knows it by. */
export type OnKill = (model: string) => void;

/** Makes a fault happen, and undoes it. Resolves when all is as before. */
export async function inject(site: Site, fault: Fault, onKill: OnKill): Promise<void> {
  const { kind, index, forMs } = fault;
  const worker = (): Member => memberAt(site.workers, index);
  const gateway = (): Member => memberAt(site.gateways, index);
  const { redis } = site.cluster;
  switch (kind) {
    case 'kill worker':
      onKill(worker().model);
      return replace(worker(), 'kill');
    case 'kill gateway':
      return replace(gateway(), 'kill');
    case 'drain worker':
      return replace(worker(), 'drain');
    case 'drain gateway':
      return replace(gateway(), 'drain');
    case 'suspend worker':
      worker().signal('SIGSTOP');
      await sleep(forMs);
      return worker().signal('SIGCONT');
    case 'jump clock of worker':
      return worker().signal(JUMP);
    case 'cut worker from redis':
      return spoil(site, worker(), 'redis', 'cut', forMs);
    case 'silence redis for worker':
      return spoil(site, worker(), 'redis', 'silent', forMs);
    case 'slow redis for worker':
      return spoil(site, worker(), 'redis', 'slow', forMs);
    case 'cut worker from postgres':
      return spoil(site, worker(), 'postgres', 'cut', forMs);
    case 'silence postgres for worker':
      return spoil(site, worker(), 'postgres', 'silent', forMs);
    case 'slow postgres for worker':
      return spoil(site, worker(), 'postgres', 'slow', forMs);
    case 'cut gateway from redis':
      return spoil(site, gateway(), 'redis', 'cut', forMs);
    case 'silence redis for gateway':
      return spoil(site, gateway(), 'redis', 'silent', forMs);
    case 'slow redis for gateway':
      return spoil(site, gateway(), 'redis', 'slow', forMs);
    case 'cut gateway from postgres':
      return spoil(site, gateway(), 'postgres', 'cut', forMs);
    case 'silence postgres for gateway':
      return spoil(site, gateway(), 'postgres', 'silent', forMs);
    case 'slow postgres for gateway':
      return spoil(site, gateway(), 'postgres', 'slow', forMs);
    case 'kill redis':
      await redis.kill();
      await sleep(forMs);
      return redis.restart();
    case 'flush redis':
      await site.redis.flushall();
      return;
    case 'restore old redis':
      await site.redis.save();
      await sleep(forMs);
      return redis.restore();
    case 'pause redis':
      await site.redis.client('PAUSE', forMs);
      return sleep(forMs);
    case 'freeze redis':
      redis.freeze();
      await sleep(forMs);
      return redis.thaw();
    case 'restart postgres':
      if (site.ownPostgres) return crashPostgres(site.cluster.database.url);
      for (const { postgres } of site.ways.values()) postgres.become('cut');
      await sleep(forMs);
      for (const { postgres } of site.ways.values()) postgres.become('open');
  }
}

async function replace(member: Member, how: 'kill' | 'drain'): Promise<void> {
  await member[how]();
  await member.start();
}

async function spoil(
  site: Site,
  { name }: Member,
  to: keyof Ways,
  condition: Condition,
  ms: number,
): Promise<void> {
  const way = site.ways.get(name)?.[to];
  if (!way) throw new Error(`${name} has no way to ${to} that can break`);
  way.become(condition);
  await sleep(ms);
  way.become('open');
}

function memberAt(members: readonly Member[], index: number): Member {
  const member = members[index];
  if (!member) throw new Error(`there is no number ${index + 1}`);
  return member;
}
