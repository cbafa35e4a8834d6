import { createLogger } from '../../src/adapters/pino-logger.js';
import type { LogFields } from '../../src/kernel/logger.js';

const CANARY = 'my chest hurts';

describe('log', () => {
  let lines: string[];

  function logAt(level: string) {
    return createLogger(level, { write: (line) => lines.push(line) });
  }

  function logged(fields: unknown): Record<string, unknown> {
    logAt('info').info('seen', fields as LogFields);
    return JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
  }

  beforeEach(() => {
    lines = [];
  });

  it('writes one JSON line an event, with the level by its name and the time in ISO 8601', () => {
    logAt('info').info('listening', { port: 3000, role: 'all' });
    expect(lines).toEqual([expect.stringMatching(/^\{.*\}\n$/)]);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      msg: 'listening',
      port: 3000,
      role: 'all',
    });
  });

  it('says nothing below its level, and nothing at all when silent', () => {
    const log = logAt('warn');
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    logAt('silent').error('e');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['c', 'd']);
  });

  it('drops fields that it does not know', () => {
    const entry = logged({ seq: 1, text: CANARY, content: CANARY, body: { text: CANARY }, password: CANARY });
    expect(entry).toEqual({ level: 'info', time: expect.anything(), msg: 'seen', seq: 1 });
  });

  it.each([
    ['text', CANARY],
    ['an address of a person', 'ada@example.org'],
    ['a token', `eyJhbGciOiJIUzI1NiJ9.${'e'.repeat(80)}.s`],
    ['a route with its query', '/ws/conversations/1?token=abc'],
    ['an object', { text: CANARY }],
    ['a list', [CANARY]],
  ])('drops %s from fields that it knows', (_, value) => {
    expect(logged({ conversationId: value, route: value, code: value, status: value })).toEqual({
      level: 'info',
      time: expect.anything(),
      msg: 'seen',
    });
  });

  it('keeps ids, routes, models and codes', () => {
    const fields = {
      conversationId: '0198c0de-0000-7000-8000-000000000000',
      route: '/api/conversations/:id/messages/:messageId/regenerate',
      model: 'hf.co/unsloth/Llama-3.2-3B-Instruct-GGUF:Q4_K_M',
      code: 'ECONNREFUSED',
      status: 503,
    };
    expect(logged(fields)).toMatchObject(fields);
  });

  describe('of an error', () => {
    it('has its name, its code and its frames, and not its message', () => {
      const error = Object.assign(new TypeError(`Key (text)=(${CANARY}) exists`), { code: '23505' });
      const entry = logged({ error });
      expect(entry).toMatchObject({ error: { name: 'TypeError', code: '23505' } });
      expect((entry['error'] as { stack: string[] }).stack[0]).toMatch(/^at .*logger\.test\.ts:\d+:\d+\)$/);
      expect(lines.join()).not.toContain(CANARY);
    });

    it('is not fooled by a message that looks like frames', () => {
      logged({ error: new Error(`oops\n    at ${CANARY} (/x.js:1:1)`) });
      expect(lines.join()).not.toContain(CANARY);
    });

    it('has its causes, without their messages', () => {
      const error = new Error(CANARY, { cause: new RangeError(CANARY, { cause: CANARY }) });
      expect(logged({ error })).toMatchObject({
        error: { cause: { name: 'RangeError', cause: { name: 'string' } } },
      });
      expect(lines.join()).not.toContain(CANARY);
    });

    it('may be anything that was thrown', () => {
      expect(logged({ error: CANARY })).toMatchObject({ error: { name: 'string' } });
      expect(logged({ error: null })).toMatchObject({ error: { name: 'object' } });
      const strange = Object.assign(new Error('x'), { name: CANARY, code: { text: CANARY } });
      logged({ error: strange });
      expect(lines.join()).not.toContain(CANARY);
    });
  });
});
