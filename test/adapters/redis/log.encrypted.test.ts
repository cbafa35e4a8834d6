import { randomBytes } from 'node:crypto';
import { DataKey } from '../../../src/adapters/encryption/data-key.js';
import { LogCipher } from '../../../src/adapters/encryption/log-cipher.js';
import { describeLogInRedis } from '../../contract/log-in-redis.js';

/** As of one user for all generations: what is encrypted differs by generation and attempt. */
const DATA_KEY = new DataKey('01900000-0000-7000-8000-000000000001', randomBytes(32));

describe('the encrypted generation log in Redis', () =>
  describeLogInRedis(async ({ messageId }) => new LogCipher(DATA_KEY, messageId)));
