import { describeLogInRedis } from '../../contract/log-in-redis.js';

describe('the generation log in Redis', () => describeLogInRedis());
