import { Redis } from 'ioredis';
import type { Random } from '../simulation/random.js';
import { Cluster } from '../support/cluster.js';
import { FaultyLink } from './faulty-link.js';
import { JUMPING_CLOCK } from './jumping-clock.js';
import { Member, type Role } from './member.js';
import { Stored } from './stored.js';

export interface SiteOptions {
  readonly gateways: number;
  readonly workers: number;
  /** Whether processes reach Redis and Postgres by links that can break. They cost. */
  readonly links: boolean;
  /** Whether the Postgres server is this run's own, and may be crashed. */
  readonly ownPostgres: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** The links of one member. */
export interface Links {
  readonly redis: FaultyLink;
  readonly postgres: FaultyLink;
}

const ENV = {
  CHAT_WAIT_SECONDS: '5',
  DRAIN_SECONDS: '2',
  ACCESS_TOKEN_SECONDS: '86400',
};

/** Gateways, workers, Redis, Postgres and the double of Ollama: processes, all of this run's own. */
export class Site {
  readonly cluster: Cluster;
  /** A connection of the harness's own, past all links. */
  readonly redis: Redis;
  readonly stored: Stored;
  readonly ownPostgres: boolean;
  readonly gateways: Member[] = [];
  readonly workers: Member[] = [];
  /** Of each member, by name; none without `links`. */
  readonly links = new Map<string, Links>();
  /** Processes that ended by themselves, or not as they should; faults that could not be made. */
  readonly wrong: string[] = [];
  #closing: Promise<void> | undefined;

  private constructor(cluster: Cluster, ownPostgres: boolean) {
    this.cluster = cluster;
    this.ownPostgres = ownPostgres;
    this.redis = new Redis(cluster.redis.url, { maxRetriesPerRequest: null });
    this.redis.on('error', () => {});
    this.stored = new Stored(cluster.database.url, this.redis);
  }

  static async open({ gateways, workers, links, ownPostgres, env }: SiteOptions): Promise<Site> {
    const site = new Site(await Cluster.start({ ...ENV, ...env }), ownPostgres);
    const roles: Role[] = [...Array<Role>(gateways).fill('gateway'), ...Array<Role>(workers).fill('worker')];
    try {
      await Promise.all(roles.map((role) => site.#add(role, links)));
    } catch (error) {
      await site.close();
      throw error;
    }
    return site;
  }

  /** Where a client finds a gateway; the last known address when none is up. */
  anyGateway(random: Random): string {
    const up = this.gateways.flatMap(({ url }) => (url === undefined ? [] : [url]));
    // Nobody listens there: a connection is refused at once.
    return up.length > 0 ? random.pick(up) : 'http://127.0.0.1:1';
  }

  /** What the gateways' logs say of each request that failed, because a part was away or for another reason. */
  get failedRequests(): string[] {
    return this.gateways.flatMap(({ failed }) => failed);
  }

  /** Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.redis.disconnect();
    await Promise.all([...this.gateways, ...this.workers].map((member) => member.kill()));
    for (const { redis, postgres } of this.links.values()) await Promise.all([redis.stop(), postgres.stop()]);
    await this.cluster.stop().catch((error: unknown) => {
      // Of a process that did not end as it should, its member has told.
      if (this.wrong.length === 0) throw error;
    });
  }

  async #add(role: Role, withWays: boolean): Promise<void> {
    const { cluster } = this;
    const members = role === 'gateway' ? this.gateways : this.workers;
    const name = `${role}-${members.length + 1}`;
    const env: Record<string, string> = role === 'worker' ? { NODE_OPTIONS: JUMPING_CLOCK } : {};
    const start = () => cluster[role](env);
    const member = new Member(name, start, (how) => this.wrong.push(how));
    members.push(member);
    if (withWays) {
      const links = {
        redis: await FaultyLink.to(cluster.redis.url),
        postgres: await FaultyLink.to(cluster.database.url),
      };
      this.links.set(name, links);
      env['REDIS_URL'] = links.redis.url;
      env['DATABASE_URL'] = links.postgres.url;
    }
    await member.start();
  }
}
