import type { Answer } from './client.js';

/** Every field that a problem has, and the headers that go with its status. */
export function expectProblem({ status, headers, body }: Answer, expected: number, code: string): void {
  expect({ status, code: body?.code }).toEqual({ status: expected, code });
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(body).toEqual({
    type: expect.stringMatching(/^[a-z]+:\S+$/),
    title: expect.stringMatching(/./),
    status,
    detail: expect.stringMatching(/./),
    code,
    error: { message: expect.stringMatching(/./), type: expect.stringMatching(/./), code },
  });
  expect(headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
  if (status === 429 || status === 503) expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
}
