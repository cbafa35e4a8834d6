import { type App, startApp } from '../../src/app.js';
import { parseConfig } from '../../src/config.js';
import { encryptionEnv } from './encryption.js';
import { createDatabase, type TestDatabase } from './postgres.js';
import { type RedisServer, startRedis } from './redis.js';
import { SILENT } from './silent-log.js';

/** Variables of the environment, as an operator sets them. */
export type Env = Readonly<Record<string, string>>;

/** The whole product in this process, over real servers. */
export interface TestApp {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Stops it, and its servers if they are its own. */
  stop(): Promise<void>;
}

/** Answers are what was asked, as fast as it goes, and nobody is refused for asking often. */
const DEFAULTS: Env = {
  PORT: '0',
  JWT_SECRET: 'a secret of thirty-two bytes or more',
  LLM_PROVIDER: 'echo',
  DEV_LLM_TOKENS_PER_SECOND: '0',
  RATE_LIMIT_MESSAGES_PER_MINUTE: '0',
  DRAIN_SECONDS: '2',
};

/** A fresh database and a Redis of its own, for several apps at once or one after the other. */
export class TestSite {
  readonly redis: RedisServer;
  readonly database: TestDatabase;

  private constructor(database: TestDatabase, redis: RedisServer) {
    this.database = database;
    this.redis = redis;
  }

  static async open(): Promise<TestSite> {
    const [database, redis] = await Promise.all([createDatabase(), startRedis()]);
    return new TestSite(database, redis);
  }

  async start(env: Env = {}): Promise<TestApp> {
    const servers = { DATABASE_URL: this.database.url, REDIS_URL: this.redis.url };
    const app: App = await startApp(
      parseConfig({ ...DEFAULTS, ...encryptionEnv, ...servers, ...env }),
      SILENT,
    );
    return { url: `http://127.0.0.1:${app.port}`, stop: () => app.stop() };
  }

  async close(): Promise<void> {
    await this.redis.stop();
    await this.database.drop();
  }
}

/** An app with a site of its own. */
export async function startTestApp(env: Env = {}): Promise<TestApp> {
  const site = await TestSite.open();
  const app = await site.start(env);
  return {
    url: app.url,
    stop: async () => {
      await app.stop();
      await site.close();
    },
  };
}
