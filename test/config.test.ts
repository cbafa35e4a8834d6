import { ConfigError, parseConfig, parseDatabaseConfig } from '../src/config.js';
import { StartError } from '../src/start-error.js';

const SECRET = 'a secret of thirty-two bytes and more';
const DISTRIBUTED = {
  DATABASE_URL: 'postgres://veda:pw@db/veda',
  REDIS_URL: 'redis://redis:6379',
  JWT_SECRET: SECRET,
};

/** Tokens come from another issuer. */
const OUTSIDE = {
  ...DISTRIBUTED,
  JWKS_URI: 'https://id.example.org/keys',
  JWT_ISSUER: 'https://id.example.org',
  JWT_AUDIENCE: 'veda',
};

describe('config', () => {
  it('has a default for everything', () => {
    expect(parseConfig({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      role: 'all',
      dataDir: '.data',
      jwtAutoProvision: false,
      accessTokenSeconds: 900,
      allowRegistration: true,
      auditLog: false,
      corsOrigins: [],
      trustProxy: [],
      llmProvider: 'canned',
      devLlmTokensPerSecond: 30,
      devLlmFirstTokenMs: 0,
      ollamaHost: ['http://127.0.0.1:11434'],
      ollamaThink: 'false',
      ollamaModel: ['llama3.2'],
      workerConcurrency: 100,
      streamRetentionSeconds: 600,
      chatWaitSeconds: 25,
      drainSeconds: 20,
      maxAnswerBytes: 1_048_576,
      knowledgeSeconds: 3,
      knowledgeSimilarity: 0.5,
      knowledgeRequired: false,
      transcribeModel: 'whisper-1',
      transcribeLanguage: 'en',
      maxAttachmentBytes: 10_485_760,
      llmFirstTokenSeconds: 60,
      llmIdleSeconds: 30,
      llmPlaceSeconds: 600,
      generationSeconds: 600,
      leaseSeconds: 3,
      rateLimitMessagesPerMinute: 60,
      rateLimitRegistrationsPerMinute: 600,
      rateLimitRefreshesPerMinute: 300,
      rateLimitTicketsPerMinute: 600,
      rateLimitConversationsPerMinute: 3000,
      rateLimitUploadsPerMinute: 300,
      maxTokensPerUserPerDay: 0,
      maxStoredBytesPerUser: 1_073_741_824,
      maxStreamsPerUser: 500,
      maxStreamsPerAddress: 10_000,
      otelServiceName: 'veda-gateway',
      logLevel: 'info',
    });
  });

  it('reads every variable of the contract', () => {
    const env = {
      ...DISTRIBUTED,
      PORT: '0',
      HOST: '0.0.0.0',
      ROLE: 'gateway',
      DATA_DIR: '/data',
      JWKS_URI: 'https://id.example.org/keys',
      JWT_ISSUER: 'https://id.example.org',
      JWT_AUDIENCE: 'veda',
      JWT_AUTO_PROVISION: 'true',
      ACCESS_TOKEN_SECONDS: '60',
      ALLOW_REGISTRATION: 'false',
      CORS_ORIGINS: 'https://a.example.org, http://localhost:5173',
      TRUST_PROXY: '10.0.0.1, 192.168.0.0/16, loopback',
      LLM_PROVIDER: 'echo',
      DEV_LLM_TOKENS_PER_SECOND: '0',
      DEV_LLM_FIRST_TOKEN_MS: '50',
      OLLAMA_HOST: 'ollama:11434, https://other:443',
      OLLAMA_MODEL: 'qwen3, llava',
      OLLAMA_THINK: 'low',
      OLLAMA_PARALLEL: '2',
      OLLAMA_NUM_CTX: '8192',
      EMBED_MODEL: 'nomic-embed-text',
      KNOWLEDGE_SECONDS: '1.5',
      KNOWLEDGE_SIMILARITY: '0.35',
      KNOWLEDGE_REQUIRED: 'true',
      WORKER_CONCURRENCY: '7',
      AUDIT_LOG: 'true',
      AUDIT_KEY_FILE: '/run/secrets/audit',
      ENCRYPTION_KEY_FILE: '/run/secrets/encryption',
      CONVERSATION_RETENTION_DAYS: '30',
      STREAM_RETENTION_SECONDS: '1',
      CHAT_WAIT_SECONDS: '0.5',
      DRAIN_SECONDS: '0',
      TRANSCRIBE_URL: 'http://ears:9000',
      TRANSCRIBE_MODEL: 'large',
      TRANSCRIBE_LANGUAGE: 'de',
      MAX_ATTACHMENT_BYTES: '3',
      ATTACHMENT_DIR: '/attachments',
      MAX_ANSWER_BYTES: '2',
      LLM_FIRST_TOKEN_SECONDS: '3',
      LLM_IDLE_SECONDS: '4',
      LLM_PLACE_SECONDS: '4.5',
      GENERATION_SECONDS: '5',
      LEASE_SECONDS: '6',
      RATE_LIMIT_MESSAGES_PER_MINUTE: '0',
      RATE_LIMIT_REGISTRATIONS_PER_MINUTE: '1',
      RATE_LIMIT_REFRESHES_PER_MINUTE: '2',
      RATE_LIMIT_TICKETS_PER_MINUTE: '3',
      RATE_LIMIT_CONVERSATIONS_PER_MINUTE: '4',
      RATE_LIMIT_UPLOADS_PER_MINUTE: '5',
      MAX_TOKENS_PER_USER_PER_DAY: '100000',
      MAX_STORED_BYTES_PER_USER: '0',
      MAX_STREAMS_PER_USER: '6',
      MAX_STREAMS_PER_ADDRESS: '7',
      METRICS_PORT: '9090',
      METRICS_HOST: '10.0.0.5',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_SERVICE_NAME: 'chat of ward 3',
      LOG_LEVEL: 'silent',
      DISCLAIMER_FILE: '/disclaimer.md',
      DANGER_RULES_DIR: '/rules',
      HUMAN_CONTACT: ' Call 030 1234, 8 to 18 h. ',
    };
    expect(parseConfig(env)).toEqual({
      databaseUrl: DISTRIBUTED.DATABASE_URL,
      redisUrl: DISTRIBUTED.REDIS_URL,
      jwtSecret: SECRET,
      port: 0,
      host: '0.0.0.0',
      role: 'gateway',
      dataDir: '/data',
      jwksUri: 'https://id.example.org/keys',
      jwtIssuer: 'https://id.example.org',
      jwtAudience: 'veda',
      jwtAutoProvision: true,
      accessTokenSeconds: 60,
      allowRegistration: false,
      corsOrigins: ['https://a.example.org', 'http://localhost:5173'],
      trustProxy: ['10.0.0.1', '192.168.0.0/16', 'loopback'],
      llmProvider: 'echo',
      devLlmTokensPerSecond: 0,
      devLlmFirstTokenMs: 50,
      ollamaHost: ['http://ollama:11434', 'https://other:443'],
      ollamaModel: ['qwen3', 'llava'],
      ollamaThink: 'low',
      ollamaParallel: 2,
      ollamaNumCtx: 8192,
      embedModel: 'nomic-embed-text',
      knowledgeSeconds: 1.5,
      knowledgeSimilarity: 0.35,
      knowledgeRequired: true,
      workerConcurrency: 7,
      auditLog: true,
      auditKeyFile: '/run/secrets/audit',
      encryptionKeyFile: '/run/secrets/encryption',
      conversationRetentionDays: 30,
      streamRetentionSeconds: 1,
      chatWaitSeconds: 0.5,
      drainSeconds: 0,
      transcribeUrl: 'http://ears:9000',
      transcribeModel: 'large',
      transcribeLanguage: 'de',
      maxAttachmentBytes: 3,
      attachmentDir: '/attachments',
      maxAnswerBytes: 2,
      llmFirstTokenSeconds: 3,
      llmIdleSeconds: 4,
      llmPlaceSeconds: 4.5,
      generationSeconds: 5,
      leaseSeconds: 6,
      rateLimitMessagesPerMinute: 0,
      rateLimitRegistrationsPerMinute: 1,
      rateLimitRefreshesPerMinute: 2,
      rateLimitTicketsPerMinute: 3,
      rateLimitConversationsPerMinute: 4,
      rateLimitUploadsPerMinute: 5,
      maxTokensPerUserPerDay: 100_000,
      maxStoredBytesPerUser: 0,
      maxStreamsPerUser: 6,
      maxStreamsPerAddress: 7,
      metricsPort: 9090,
      metricsHost: '10.0.0.5',
      otelExporterOtlpEndpoint: 'http://collector:4318',
      otelServiceName: 'chat of ward 3',
      logLevel: 'silent',
      disclaimerFile: '/disclaimer.md',
      dangerRulesDir: '/rules',
      humanContact: 'Call 030 1234, 8 to 18 h.',
    });
  });

  it('takes an empty variable as not set', () => {
    const empty = { PORT: '', DATABASE_URL: '', JWT_SECRET: '', CORS_ORIGINS: '' };
    expect(parseConfig(empty)).toEqual(parseConfig({}));
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(parseConfig({}))).toBe(true);
  });

  it('ignores what is not its own', () => {
    expect(parseConfig({ PATH: '/bin', PORT_NUMBER: 'x' })).toEqual(parseConfig({}));
  });

  it.each([
    ['PORT', '65536', 'must be a whole number from 0 to 65535'],
    ['PORT', '3000.5', 'must be a whole number from 0 to 65535'],
    ['PORT', '0x10', 'must be a whole number from 0 to 65535'],
    ['AUDIT_LOG', 'yes', 'must be one of true, false'],
    ['CONVERSATION_RETENTION_DAYS', '0', 'must be a whole number from 1 to 36500'],
    ['HUMAN_CONTACT', 'x'.repeat(301), 'must be one line of at most 300 characters'],
    ['HUMAN_CONTACT', 'Call\nus', 'must be one line of at most 300 characters'],
    ['ROLE', 'boss', 'must be one of all, gateway, worker'],
    ['DATABASE_URL', 'mysql://db/veda', 'must be an address that starts with postgres:// or postgresql://'],
    [
      'REDIS_URL',
      'redis',
      'must be an address like redis://host:6379, redis+sentinel://host:26379,host:26379/master or redis+cluster://host:6379,host:6379, with rediss in place of redis for TLS',
    ],
    ['JWT_SECRET', 'x'.repeat(31), 'must have 32 bytes at least'],
    ...['x'.repeat(32), ' '.repeat(40), 'abcd'.repeat(10)].map((secret): [string, string, string] => [
      'JWT_SECRET',
      secret,
      'must have 5 different characters at least: use `openssl rand -base64 32`',
    ]),
    ...['true', '10.0.0.0/99', 'proxy.example.org'].map((list): [string, string, string] => [
      'TRUST_PROXY',
      list,
      'must be a list of addresses and ranges like 10.0.0.1, 192.168.0.0/16, separated by commas',
    ]),
    ['JWKS_URI', 'file:///etc/passwd', 'must be an address that starts with http:// or https://'],
    ['JWT_AUTO_PROVISION', 'yes', 'must be one of true, false'],
    [
      'CORS_ORIGINS',
      'https://a.example.org/',
      'must be a list of origins like https://example.org, separated by commas',
    ],
    ['LLM_PROVIDER', 'openai', 'must be one of canned, echo, markov, ollama'],
    [
      'OLLAMA_HOST',
      'http://',
      'must be an address that starts with http:// or https://, or several with commas between them',
    ],
    ['OLLAMA_THINK', 'yes', 'must be one of false, true, low, medium, high, auto'],
    ['WORKER_CONCURRENCY', '0', 'must be a whole number from 1 to 10000'],
    ['CHAT_WAIT_SECONDS', '-1', 'must be a number of seconds from 0 to 1000000'],
    ['LEASE_SECONDS', '0.5', 'must be a number of seconds from 1 to 1000000'],
    ['DRAIN_SECONDS', '9999999', 'must be a number of seconds from 0 to 1000000'],
    ['LOG_LEVEL', 'loud', 'must be one of trace, debug, info, warn, error, fatal, silent'],
  ])('refuses %s=%s with one line that names it', (name, value, problem) => {
    const error = errorOf({ [name]: value });
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toBe(`${name} ${problem}`);
  });

  it('never repeats a value, which may be a secret', () => {
    expect(errorOf({ JWT_SECRET: 'canary' }).message).not.toContain('canary');
    expect(errorOf({ DATABASE_URL: 'http://canary' }).message).not.toContain('canary');
  });

  describe('of split roles', () => {
    it.each(['gateway', 'worker'])('needs REDIS_URL for %s', (ROLE) => {
      expect(errorOf({ ...DISTRIBUTED, REDIS_URL: '', ROLE }).message).toBe(
        `REDIS_URL is required when ROLE is ${ROLE}`,
      );
    });

    it('needs DATABASE_URL, since the embedded server has one owner', () => {
      expect(errorOf({ ...DISTRIBUTED, DATABASE_URL: '', ROLE: 'worker' }).message).toBe(
        'DATABASE_URL is required when ROLE is worker',
      );
    });

    it('needs no JWT_SECRET for a worker, who sees no token', () => {
      expect(parseConfig({ ...DISTRIBUTED, JWT_SECRET: '', ROLE: 'worker' }).jwtSecret).toBeUndefined();
    });
  });

  describe('of JWT_SECRET', () => {
    it('is required with a database of your own', () => {
      expect(errorOf({ ...DISTRIBUTED, JWT_SECRET: '' }).message).toBe(
        'JWT_SECRET is required when DATABASE_URL is set and JWKS_URI is not',
      );
    });

    it('is not required when the keys come from JWKS_URI', () => {
      expect(parseConfig({ ...OUTSIDE, JWT_SECRET: '' }).jwksUri).toBe('https://id.example.org/keys');
    });

    it.each(['JWT_ISSUER', 'JWT_AUDIENCE'])(
      'wants %s with JWKS_URI, or tokens of other applications are good',
      (name) => {
        expect(errorOf({ ...OUTSIDE, [name]: '' }).message).toBe(`${name} is required when JWKS_URI is set`);
        expect(parseConfig({ ...OUTSIDE, [name]: '', ROLE: 'worker' }).role).toBe('worker');
      },
    );

    it('counts bytes, not characters', () => {
      expect(parseConfig({ JWT_SECRET: 'äöüßé€'.repeat(3) }).jwtSecret).toBe('äöüßé€'.repeat(3));
    });
  });

  it('asks Ollama unless told otherwise, when the database is not the embedded one', () => {
    expect(parseConfig(DISTRIBUTED).llmProvider).toBe('ollama');
    expect(parseConfig({ ...DISTRIBUTED, LLM_PROVIDER: 'markov' }).llmProvider).toBe('markov');
  });

  it('asks for nothing but the database to migrate it', () => {
    expect(parseDatabaseConfig({ DATABASE_URL: DISTRIBUTED.DATABASE_URL, PORT: 'wrong' })).toEqual({
      databaseUrl: DISTRIBUTED.DATABASE_URL,
      dataDir: '.data',
      logLevel: 'info',
    });
    expect(() => parseDatabaseConfig({ DATABASE_URL: 'wrong' })).toThrow(/^DATABASE_URL must be/);
  });
});

function errorOf(env: NodeJS.ProcessEnv): Error {
  try {
    parseConfig(env);
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was accepted');
}
