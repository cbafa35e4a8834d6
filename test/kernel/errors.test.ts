import { AppError, isPermanent, isUnavailable, toAppError } from '../../src/kernel/errors.js';

const driverError = (code: string): Error => Object.assign(new Error('of a driver'), { code });

test.each([
  ['ECONNREFUSED', 'nobody listens'],
  ['ECONNRESET', 'the connection was cut'],
  ['08006', 'the connection failed'],
  ['53100', 'the disk is full'],
  ['53300', 'there are too many connections'],
  ['57P01', 'an administrator shuts the server down'],
  ['57014', 'a statement took too long'],
  ['25006', 'a standby takes no writes'],
  ['40001', 'two transactions stood in the way of each other'],
  ['40P01', 'a deadlock'],
])('%s (%s): the client may try again in two seconds, and gets no text of the driver', (code) => {
  const error = driverError(code);
  expect([isUnavailable(error), isPermanent(error)]).toEqual([true, false]);
  const told = toAppError(error);
  expect(told).toMatchObject({ code: 'internal', status: 503, retryAfter: 2, cause: error });
  expect(told.message).not.toContain('driver');
});

test.each([
  ['Connection terminated unexpectedly'],
  ['select 1 - Connection terminated due to connection timeout'],
  ['Client has encountered a connection error and is not queryable'],
])('an error of pg without a code: %s', (message) => {
  expect(isUnavailable(new Error(message))).toBe(true);
});

test.each([
  ['23505', 'a constraint is violated'],
  ['22021', 'text that cannot be stored'],
  ['42P01', 'there is no such table'],
])('%s (%s): nothing is gained by trying again', (code) => {
  const error = driverError(code);
  expect([isUnavailable(error), isPermanent(error)]).toEqual([false, true]);
  expect(toAppError(error)).toMatchObject({ code: 'internal', status: 500, retryAfter: undefined });
});

test('an error that a client may see is left as it is', () => {
  const error = new AppError('not_found', 'there is no such conversation');
  expect(toAppError(error)).toBe(error);
});
