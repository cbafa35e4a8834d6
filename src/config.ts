import { compile } from 'proxy-addr';
import { z } from 'zod';
import { parseRedisAddress } from './redis-address.js';
import { StartError } from './start-error.js';

/** What the environment says, checked and complete. Names are those of docs/protocol.md, "Environment", in camelCase. */
export type Config = Readonly<z.infer<typeof settings>> & {
  readonly llmProvider: LlmProvider;
};

export type LlmProvider = 'canned' | 'echo' | 'markov' | 'ollama';

/** `message` is one line that names the variable, and never holds its value. */
export class ConfigError extends StartError {
  constructor(variable: string, problem: string) {
    super(`${variable} ${problem}`);
    this.name = 'ConfigError';
  }
}

/** Whether and how the audit trail is written. */
export type AuditConfig = Pick<Config, 'auditLog' | 'auditKeyFile' | 'dataDir'>;

/** Whether what people write is encrypted, and with which keys. */
export type EncryptionConfig = Pick<Config, 'encryptionKeyFile'>;

/** What embeds documents. */
export type KnowledgeConfig = Pick<Config, 'embedModel' | 'ollamaHost'>;

/** Where attachments are kept. */
export type AttachmentConfig = Pick<Config, 'attachmentDir'>;

/** Enough for the database to be brought up to date. */
export type DatabaseConfig = Pick<Config, 'databaseUrl' | 'dataDir' | 'logLevel'>;

const whole = (from: number, to: number) =>
  z
    .string()
    .refine((text) => /^\d{1,15}$/.test(text) && isWithin(Number(text), from, to), {
      error: `must be a whole number from ${from} to ${to}`,
    })
    .transform(Number);

/** About 11 days: longer timers fire at once (Node). */
const LONGEST_SECONDS = 1_000_000;

/** Seconds may have decimals. */
const seconds = (from: number) =>
  z
    .string()
    .refine((text) => /^\d{1,7}(\.\d{1,3})?$/.test(text) && isWithin(Number(text), from, LONGEST_SECONDS), {
      error: `must be a number of seconds from ${from} to ${LONGEST_SECONDS}`,
    })
    .transform(Number);

const fraction = z
  .string()
  .refine((text) => /^(0|1|0?\.\d{1,6}|[01]\.0{1,6})$/.test(text), { error: 'must be a number from 0 to 1' })
  .transform(Number);

const oneOf = <const T extends string>(...values: T[]) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const flag = oneOf('true', 'false').transform((text) => text === 'true');

const url = (...schemes: string[]) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
    error: `must be an address that starts with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  });

/** Fewer different characters than this are a placeholder or a repeated word. */
const LEAST_VARIETY = 5;

const secret = z
  .string()
  .refine((text) => Buffer.byteLength(text) >= 32, { error: 'must have 32 bytes at least' })
  .refine((text) => new Set(text).size >= LEAST_VARIETY, {
    error: `must have ${LEAST_VARIETY} different characters at least: use \`openssl rand -base64 32\``,
  });

const proxies = z
  .string()
  .transform((text) => text.split(',').map((address) => address.trim()))
  .refine(areAddresses, {
    error: 'must be a list of addresses and ranges like 10.0.0.1, 192.168.0.0/16, separated by commas',
  });

const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine((list) => list.every((origin) => origin === '*' || isOrigin(origin)), {
    error: 'must be a list of origins like https://example.org, separated by commas',
  });

/** Each as Ollama's own variable of this name, which needs no scheme. */
const ollamaHosts = z
  .string()
  .transform((text) =>
    text.split(',').map((host) => (host.includes('://') ? host.trim() : `http://${host.trim()}`)),
  )
  .refine((hosts) => hosts.every((host) => url('http:', 'https:').safeParse(host).success), {
    error: 'must be an address that starts with http:// or https://, or several with commas between them',
  });

const modelNames = z
  .string()
  .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))])
  .refine((names) => names.every((name) => name !== '' && !/\s/.test(name)), {
    error: 'must be the name of a model, or several with commas between them',
  });

const redisUrl = z.string().refine((text) => parseRedisAddress(text) !== undefined, {
  error:
    'must be an address like redis://host:6379, redis+sentinel://host:26379,host:26379/master or ' +
    'redis+cluster://host:6379,host:6379, with rediss in place of redis for TLS',
});

/** Characters; a phone number with its hours fits, and on a phone it takes a few lines. */
const MAX_CONTACT = 300;

const oneLine = (longest: number) =>
  z
    .string()
    .refine((text) => text.trim() !== '' && text.length <= longest && !/\p{Cc}/u.test(text), {
      error: `must be one line of at most ${longest} characters`,
    })
    .transform((text) => text.trim());

const port = whole(0, 65_535);
const perMinute = (usual: number) => whole(1, 1_000_000).default(usual);
const bytes = whole(1, 1_000_000_000);

/** In the order of docs/protocol.md. */
const settings = z.object({
  /** 0 is any free port. */
  port: port.default(3_000),
  host: z.string().default('127.0.0.1'),
  role: oneOf('all', 'gateway', 'worker').default('all'),
  /** Without it PostgreSQL runs embedded, under `dataDir`. */
  databaseUrl: url('postgres:', 'postgresql:').optional(),
  /** Without it, jobs go through PostgreSQL and the generation log is in memory. */
  redisUrl: redisUrl.optional(),
  dataDir: z.string().default('.data'),
  /** Made and kept under `dataDir` when PostgreSQL is embedded. */
  jwtSecret: secret.optional(),
  jwksUri: url('http:', 'https:').optional(),
  jwtIssuer: z.string().optional(),
  jwtAudience: z.string().optional(),
  jwtAutoProvision: flag.default(false),
  accessTokenSeconds: whole(1, 31_536_000).default(900),
  /** Whether anybody may register. */
  allowRegistration: flag.default(true),
  corsOrigins: origins.default([]),
  /** Proxies whose `X-Forwarded-For` is believed; none by default. */
  trustProxy: proxies.default([]),
  llmProvider: oneOf('canned', 'echo', 'markov', 'ollama').optional(),
  /** 0 is as fast as it goes. */
  devLlmTokensPerSecond: whole(0, 1_000_000).default(30),
  devLlmFirstTokenMs: whole(0, 600_000).default(0),
  /** Several servers that have the same model. */
  ollamaHost: ollamaHosts.default(['http://127.0.0.1:11434']),
  /** The first is the default. */
  ollamaModel: modelNames.default(['llama3.2']),
  ollamaThink: oneOf('false', 'true', 'low', 'medium', 'high', 'auto').default('false'),
  /** Requests at once, of one worker to one server. Without it as many as the worker makes. */
  ollamaParallel: whole(1, 10_000).optional(),
  /** The largest window that is asked for, in tokens. Without it what the model has. */
  ollamaNumCtx: whole(1024, 100_000_000).optional(),
  /** Turns documents and questions into vectors, on the servers of `ollamaHost`. Without it answers rest on no documents. */
  embedModel: z
    .string()
    .regex(/^[^\s,]+$/, { error: 'must be the name of one model' })
    .optional(),
  /** How long the search for passages may take. Then the answer goes without. */
  knowledgeSeconds: seconds(0.001).default(3),
  /** Passages that are less similar to the question do not count. */
  knowledgeSimilarity: fraction.default(0.5),
  /** Whether it is said when no passage is similar enough. */
  knowledgeRequired: flag.default(false),
  /** A server of `/v1/audio/transcriptions`. Without it voice messages are refused. */
  transcribeUrl: url('http:', 'https:').optional(),
  transcribeModel: z.string().default('whisper-1'),
  /** `auto` where the server finds it out itself. */
  transcribeLanguage: z
    .string()
    .regex(/^([a-z]{2,3}|auto)$/, { error: 'must be a language like en or de, or auto' })
    .default('en'),
  /**
   * Generations at once, of one worker. They wait for the provider nearly all the time, so this is no matter of cores:
   * it bounds memory (`maxAnswerBytes` each), and how much one `kill -9` interrupts.
   */
  workerConcurrency: whole(1, 10_000).default(100),
  /** Whether the audit trail is written. */
  auditLog: flag.default(false),
  /** Holds the key that signs the audit trail's heads; made and kept under `dataDir` when PostgreSQL is embedded. */
  auditKeyFile: z.string().optional(),
  /** Holds the keys that wrap data keys. Without it what people write is not encrypted. */
  encryptionKeyFile: z.string().optional(),
  /** Conversations in which nothing was said for so long are deleted. Without it they are kept. */
  conversationRetentionDays: whole(1, 36_500).optional(),
  streamRetentionSeconds: seconds(1).default(600),
  chatWaitSeconds: seconds(0).default(25),
  drainSeconds: seconds(0).default(20),
  /** Of one file. A worker has the images of a prompt in memory. */
  maxAttachmentBytes: whole(1, 104_857_600).default(10_485_760),
  /** A folder for the bytes of attachments, shared by all processes. Without it they are in PostgreSQL. */
  attachmentDir: z.string().optional(),
  maxAnswerBytes: bytes.default(1_048_576),
  llmFirstTokenSeconds: seconds(0.001).default(60),
  llmIdleSeconds: seconds(0.001).default(30),
  /** Waiting for a place at a model server that is busy with other answers. */
  llmPlaceSeconds: seconds(0.001).default(600),
  generationSeconds: seconds(0.001).default(600),
  leaseSeconds: seconds(1).default(3),
  /** 0 is no limit. */
  rateLimitMessagesPerMinute: whole(0, 1_000_000).default(60),
  /** From one address. */
  rateLimitRegistrationsPerMinute: perMinute(600),
  /** These, of one user. */
  rateLimitRefreshesPerMinute: perMinute(300),
  rateLimitTicketsPerMinute: perMinute(600),
  rateLimitConversationsPerMinute: perMinute(3000),
  rateLimitUploadsPerMinute: perMinute(300),
  /** Of prompts and answers, by UTC day. 0 is no limit. */
  maxTokensPerUserPerDay: whole(0, 1_000_000_000_000).default(0),
  /** Of attachments that are kept. 0 is no limit. */
  maxStoredBytesPerUser: whole(0, 1_000_000_000_000).default(1_073_741_824),
  /** Open at once in one gateway. */
  maxStreamsPerUser: whole(1, 1_000_000).default(500),
  maxStreamsPerAddress: whole(1, 1_000_000).default(10_000),
  /** What answers end with, in place of our own text. */
  disclaimerFile: z.string().optional(),
  /** A folder of danger rules, in place of those in src/safety/rules. */
  dangerRulesDir: z.string().optional(),
  /** How to reach a human, as the chat page says it all the time. */
  humanContact: oneLine(MAX_CONTACT).optional(),
  /** What the gateway is called from outside; requests with another name in `Host` are refused. */
  publicUrl: url('http:', 'https:').optional(),
  /** Without it there are no metrics. 0 is any free port. */
  metricsPort: port.optional(),
  /** As `host` when absent. */
  metricsHost: z.string().optional(),
  /** A collector of OpenTelemetry, over HTTP. Without it there are no traces. */
  otelExporterOtlpEndpoint: url('http:', 'https:').optional(),
  /** What this deployment is called in traces. */
  otelServiceName: z.string().default('veda-gateway'),
  logLevel: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
});

/** @throws ConfigError for the first variable that is wrong or missing. An empty variable is one that is not set. */
export function parseConfig(env: NodeJS.ProcessEnv): Config {
  const config = parse(settings, env);
  const embedded = config.databaseUrl === undefined;
  if (config.role !== 'all') {
    // What is embedded or in memory belongs to one process.
    if (!config.redisUrl) throw new ConfigError('REDIS_URL', `is required when ROLE is ${config.role}`);
    if (embedded) throw new ConfigError('DATABASE_URL', `is required when ROLE is ${config.role}`);
  }
  if (!config.jwtSecret && !config.jwksUri && !embedded && config.role !== 'worker') {
    throw new ConfigError('JWT_SECRET', 'is required when DATABASE_URL is set and JWKS_URI is not');
  }
  if (config.auditLog && !config.auditKeyFile && !embedded) {
    throw new ConfigError('AUDIT_KEY_FILE', 'is required when AUDIT_LOG is true and DATABASE_URL is set');
  }
  if (config.jwksUri && config.role !== 'worker') {
    // An issuer signs tokens of many applications and tenants: without these, all of them would be let in.
    if (!config.jwtIssuer) throw new ConfigError('JWT_ISSUER', 'is required when JWKS_URI is set');
    if (!config.jwtAudience) throw new ConfigError('JWT_AUDIENCE', 'is required when JWKS_URI is set');
  }
  return Object.freeze({ ...config, llmProvider: config.llmProvider ?? (embedded ? 'canned' : 'ollama') });
}

/** @throws ConfigError as `parseConfig` does, for the few variables that matter. */
export function parseDatabaseConfig(env: NodeJS.ProcessEnv): DatabaseConfig {
  return Object.freeze(parse(settings.pick({ databaseUrl: true, dataDir: true, logLevel: true }), env));
}

/** What the audit trail needs, for the command line. @throws ConfigError as `parseConfig` does. */
export function parseAuditConfig(env: NodeJS.ProcessEnv): AuditConfig {
  return Object.freeze(parse(settings.pick({ auditLog: true, auditKeyFile: true, dataDir: true }), env));
}

/** What reading encrypted text needs, for the command line. @throws ConfigError as `parseConfig` does. */
export function parseEncryptionConfig(env: NodeJS.ProcessEnv): EncryptionConfig {
  return Object.freeze(parse(settings.pick({ encryptionKeyFile: true }), env));
}

/** What embedding documents needs, for the command line. @throws ConfigError as `parseConfig` does. */
export function parseKnowledgeConfig(env: NodeJS.ProcessEnv): KnowledgeConfig {
  return Object.freeze(parse(settings.pick({ embedModel: true, ollamaHost: true }), env));
}

/** Where attachments are, for the command line. @throws ConfigError as `parseConfig` does. */
export function parseAttachmentConfig(env: NodeJS.ProcessEnv): AttachmentConfig {
  return Object.freeze(parse(settings.pick({ attachmentDir: true }), env));
}

function parse<T extends z.ZodObject>(schema: T, env: NodeJS.ProcessEnv): z.infer<T> {
  const values = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, env[variableOf(name)] || undefined]),
  );
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ConfigError(variableOf(String(issue?.path[0])), issue?.message ?? 'is wrong');
}

/** `jwtSecret` → `JWT_SECRET` */
function variableOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Addresses, ranges, and names of ranges such as `loopback`. */
function areAddresses(list: string[]): boolean {
  try {
    compile(list);
    return true;
  } catch {
    return false;
  }
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function isWithin(value: number, from: number, to: number): boolean {
  return value >= from && value <= to;
}
