import { randomUUID } from 'node:crypto';
import type { Check, UserContext } from '../check.js';
import { fail, ok } from '../finding.js';
import { codeOf } from '../gateway.js';
import { bearer } from '../session.js';

/** The longest text that a message may have, in characters of four bytes each. */
const LONGEST_TEXT = '🩺'.repeat(32_000);

/** Whether the longest message gets through. Its conversation does not exist, so that no model answers it. */
export const bodySize: Check<UserContext> = {
  about: 'body',
  async run({ gateway, token }) {
    const body = { text: LONGEST_TEXT };
    const path = `/api/conversations/${randomUUID()}/messages`;
    try {
      const { status } = await gateway.ask(path, { method: 'POST', headers: bearer(token), body });
      // 422: it came through, and is too long for the model.
      if (status === 404 || status === 422)
        return [ok('body', 'the longest message (32,000 characters, 128 KB) gets through')];
      const finding = `the longest message (32,000 characters, 128 KB) is refused with ${status}`;
      return [fail('body', finding, gateway.advice('body'))];
    } catch (error) {
      // A server that refuses a body may close the connection before it has read it.
      const finding = `the longest message (32,000 characters, 128 KB) does not get through (${codeOf(error)})`;
      return [fail('body', finding, gateway.advice('body'))];
    }
  },
};
