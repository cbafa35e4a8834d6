import { setTimeout as sleep } from 'node:timers/promises';
import { JUMP } from './jumping-clock.js';
import type { Member, Role } from './member.js';
import type { Fault, Hit } from './plan.js';
import { crashPostgres } from './postgres-crash.js';
import type { Site } from './site.js';

/** Told of a worker that is about to be killed, by the id under which it claims. */
export type OnKill = (model: string) => void;

/** Makes a fault happen, and undoes it. Resolves when all is as before. */
export async function inject(site: Site, { hit, forMs }: Fault, onKill: OnKill): Promise<void> {
  switch (hit.kind) {
    case 'process':
      if (hit.role === 'worker' && hit.how === 'kill') onKill(memberOf(site, hit).workerId);
      return hitProcess(memberOf(site, hit), hit.how, forMs);
    case 'link':
      return hitLink(site, hit, forMs);
    case 'redis':
      return hitRedis(site, hit.how, forMs);
    case 'postgres':
      return hitPostgres(site, forMs);
  }
}

async function hitProcess(
  member: Member,
  how: Extract<Hit, { kind: 'process' }>['how'],
  forMs: number,
): Promise<void> {
  switch (how) {
    case 'kill':
      await member.kill();
      return member.start();
    case 'drain':
      await member.drain();
      return member.start();
    case 'suspend':
      member.signal('SIGSTOP');
      await sleep(forMs);
      return member.signal('SIGCONT');
    case 'jump':
      return member.signal(JUMP);
  }
}

async function hitLink(site: Site, hit: Extract<Hit, { kind: 'link' }>, forMs: number): Promise<void> {
  const { name } = memberOf(site, hit);
  const link = site.links.get(name)?.[hit.to];
  if (!link) throw new Error(`${name} has no link to ${hit.to} that can break`);
  link.become(hit.how);
  await sleep(forMs);
  link.become('open');
}

async function hitRedis(
  { redis, cluster }: Site,
  how: Extract<Hit, { kind: 'redis' }>['how'],
  forMs: number,
): Promise<void> {
  const server = cluster.redis;
  switch (how) {
    case 'kill':
      await server.kill();
      await sleep(forMs);
      return server.restart();
    case 'flush':
      await redis.flushall();
      return;
    case 'restore':
      await redis.save();
      await sleep(forMs);
      return server.restore();
    case 'pause':
      await redis.client('PAUSE', forMs);
      return sleep(forMs);
    case 'freeze':
      server.freeze();
      await sleep(forMs);
      return server.thaw();
  }
}

/** A server that others use too is not touched: it cannot be reached, by any process. */
async function hitPostgres({ ownPostgres, cluster, links }: Site, forMs: number): Promise<void> {
  if (ownPostgres) return crashPostgres(cluster.database.url);
  for (const { postgres } of links.values()) postgres.become('cut');
  await sleep(forMs);
  for (const { postgres } of links.values()) postgres.become('open');
}

function memberOf(site: Site, { role, index }: { role: Role; index: number }): Member {
  const member = site[`${role}s`][index];
  if (!member) throw new Error(`there is no ${role} ${index + 1}`);
  return member;
}
