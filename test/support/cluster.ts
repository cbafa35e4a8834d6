import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { encryptionEnv } from './encryption.js';
import { createDatabase, type TestDatabase } from './postgres.js';
import { Product } from './product.js';
import { type RedisServer, type RedisServerOptions, startRedis } from './redis.js';
import { SECRET } from './token.js';

/** Redis, a database and a stand-in for Ollama, and the product's processes over them: all of a test file's own. */
export class Cluster {
  readonly redis: RedisServer;
  readonly database: TestDatabase;
  readonly ollama: OllamaDouble;
  readonly #env: Record<string, string>;
  readonly #products: Product[] = [];

  private constructor(
    redis: RedisServer,
    database: TestDatabase,
    ollama: OllamaDouble,
    env: Record<string, string>,
  ) {
    this.redis = redis;
    this.database = database;
    this.ollama = ollama;
    this.#env = {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      JWT_SECRET: SECRET,
      LLM_PROVIDER: 'ollama',
      OLLAMA_HOST: ollama.url,
      LOG_LEVEL: 'info',
      RATE_LIMIT_MESSAGES_PER_MINUTE: '0',
      LEASE_SECONDS: '1',
      ...encryptionEnv,
      ...env,
    };
  }

  /** The servers, and no process of the product yet. `env` is for every process. */
  static async start(env: Record<string, string> = {}, options?: RedisServerOptions): Promise<Cluster> {
    const [redis, database, ollama] = await Promise.all([
      startRedis(options),
      createDatabase(),
      startOllamaDouble(),
    ]);
    return new Cluster(redis, database, ollama, env);
  }

  gateway(env: Record<string, string> = {}, descriptors?: number): Promise<Product> {
    return this.#product('gateway', env, descriptors);
  }

  worker(env: Record<string, string> = {}): Promise<Product> {
    return this.#product('worker', env);
  }

  /** Gateway and worker in one process. */
  all(env: Record<string, string> = {}): Promise<Product> {
    return this.#product('all', env);
  }

  /** All processes that were started, also those that have ended. */
  get products(): readonly Product[] {
    return this.#products;
  }

  /** @throws when a process has ended by itself, with what it said last. */
  async stop(): Promise<void> {
    const crashed = this.#products.filter(({ process }) => process.exitCode !== null && process.exitCode > 0);
    await Promise.all(this.#products.map((product) => product.stop('SIGKILL')));
    await Promise.all([this.redis.stop(), this.database.drop(), this.ollama.stop()]);
    const said = crashed.map(({ lines, stderr }) => [...lines.slice(-3), stderr].join('\n'));
    if (said.length > 0) throw new Error(`the product crashed: ${said.join('\n')}`);
  }

  async #product(role: string, env: Record<string, string>, descriptors?: number): Promise<Product> {
    const product = await Product.start({ ...this.#env, ...env, ROLE: role }, descriptors);
    this.#products.push(product);
    return product;
  }
}
