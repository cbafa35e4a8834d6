import type { Context } from 'koa';
import { Overload } from '../../src/gateway/overload.js';
import type { Logger } from '../../src/kernel/logger.js';
import { refuseNewWork } from '../../src/transports/http/refuse-new-work.js';

const lines: string[] = [];
const write = (event: string) => void lines.push(event);
const LOGGER: Logger = { debug: write, info: write, warn: write, error: write };

let overload: Overload;
let databaseWaitMs = 0;

beforeEach(() => {
  lines.length = 0;
  databaseWaitMs = 0;
  overload = new Overload(LOGGER, () => databaseWaitMs);
});

function isAdmitted(method: string, path: string): boolean {
  try {
    void refuseNewWork(overload)({ method, path } as Context, async () => {});
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'internal', status: 503, retryAfter: 2 });
    return false;
  }
}

const SEND = '/api/conversations/1/messages';

test('one slow moment refuses nothing', () => {
  overload.look(5000);
  overload.look(10);
  overload.look(5000);
  expect(isAdmitted('POST', SEND)).toBe(true);
  expect(lines).toEqual([]);
});

test('while the event loop stays late, new work is refused and everything else goes on', () => {
  overload.look(1500);
  overload.look(1500);
  expect(isAdmitted('POST', SEND)).toBe(false);
  expect(isAdmitted('POST', `${SEND}/chat`)).toBe(false);
  expect(isAdmitted('POST', `${SEND}/2/regenerate`)).toBe(false);
  expect(isAdmitted('POST', `${SEND}/2/stop`)).toBe(true);
  expect(isAdmitted('GET', SEND)).toBe(true);
  expect(isAdmitted('POST', '/api/conversations')).toBe(true);
  overload.look(500);
  overload.look(500);
  expect(isAdmitted('POST', SEND)).toBe(false);
  overload.look(100);
  overload.look(100);
  expect(isAdmitted('POST', SEND)).toBe(true);
  expect(lines).toEqual(['overloaded', 'overload has ended']);
});

test('new work is refused exactly while statements wait long for the database', () => {
  databaseWaitMs = 999;
  expect(isAdmitted('POST', SEND)).toBe(true);
  databaseWaitMs = 1000;
  expect(isAdmitted('POST', SEND)).toBe(false);
  expect(() => overload.admitNewWork()).toThrow('too much to do');
  expect(isAdmitted('GET', SEND)).toBe(true);
  databaseWaitMs = 0;
  expect(isAdmitted('POST', SEND)).toBe(true);
  // One line a second, however many are refused.
  expect(lines).toEqual(['database overloaded']);
});
