import { bearer } from '../../doctor/session.js';
import { type Rule, unless } from '../rule.js';
import { codeIn, post, type Sent } from '../subject.js';

export const accepted: Rule = {
  about: 'send',
  promise: 'a message is answered with 202, its two messages and a cursor before its `accepted`',
  async check({ sent, request }) {
    return unless(
      [!sent.duplicate, 'the first request is a `duplicate`'],
      [/^\d+\.0\.0$/.test(sent.cursor), `the cursor is ${sent.cursor}, not seq.0.0`],
      [sent.userMessage.content === request.text, 'the user message has another text'],
      [
        sent.userMessage.client_message_id === request.client_message_id,
        'the user message lacks its client_message_id',
      ],
      [sent.message.role === 'assistant', '`message` is not the assistant’s'],
    );
  },
};

export const idempotency: Rule = {
  about: 'repeat',
  promise: 'the same client_message_id again gives the same messages as a duplicate; with another text 409',
  async check({ gateway, token, conversationId, request, sent }) {
    const again = await post(gateway, token, conversationId, request);
    const { duplicate, message, cursor } = JSON.parse(again.body) as Partial<Sent>;
    const other = await post(gateway, token, conversationId, { ...request, text: 'Something else.' });
    return unless(
      [again.status === 202 && duplicate === true, 'the same request again is no duplicate'],
      [
        message?.id === sent.message.id && cursor === sent.cursor,
        'the same request again has another answer',
      ],
      [
        other.status === 409 && codeIn(other) === 'idempotency_mismatch',
        `another text under the same id is answered with ${other.status}`,
      ],
    );
  },
};

export const refusals: Rule = {
  about: 'errors',
  promise:
    'what is refused is a problem document with its code; an unknown field is named; a 401 says Bearer',
  async check({ gateway, token, conversationId }) {
    const unknown = await post(gateway, token, conversationId, { text: 'x', surprise: 1 });
    const nobody = await gateway.ask('/api/me');
    const missing = await gateway.ask('/api/conversations/00000000-0000-7000-8000-000000000000', {
      headers: bearer(token),
    });
    return unless(
      [unknown.status === 400 && codeIn(unknown) === 'bad_request', 'an unknown field is not refused'],
      [unknown.body.includes('surprise'), 'the refusal does not name the unknown field'],
      [
        String(unknown.headers['content-type']).startsWith('application/problem+json'),
        'a refusal is not application/problem+json',
      ],
      [nobody.status === 401 && codeIn(nobody) === 'unauthorized', 'without a token it is not 401'],
      [
        String(nobody.headers['www-authenticate']).startsWith('Bearer'),
        'a 401 has no WWW-Authenticate: Bearer',
      ],
      [missing.status === 404 && codeIn(missing) === 'not_found', 'what is not there is not 404'],
    );
  },
};

/** One character more than a text may have. */
const TOO_LONG = 32_001;

export const limits: Rule = {
  about: 'limits',
  promise: 'a text has 1 to 32,000 characters, a client_message_id 1 to 128',
  async check({ gateway, token, conversationId }) {
    const ask = async (body: object): Promise<number> =>
      (await post(gateway, token, conversationId, body)).status;
    return unless(
      [(await ask({ text: 'x'.repeat(TOO_LONG) })) === 400, 'a text of 32,001 characters is not refused'],
      [(await ask({ text: '' })) === 400, 'an empty text is not refused'],
      [
        (await ask({ text: 'x', client_message_id: 'x'.repeat(129) })) === 400,
        'a client_message_id of 129 characters is not refused',
      ],
    );
  },
};

export const privacy: Rule = {
  about: 'privacy',
  promise: 'another user’s conversation looks like one that does not exist',
  async check({ gateway, token, other }) {
    if (!other) return { skipped: 'give VEDA_OTHER_TOKEN, a second user’s token' };
    const path = `/api/conversations/${other.conversationId}`;
    const asked = await Promise.all(
      ['', '/messages', '/stream?until=done'].map((rest) =>
        gateway.ask(path + rest, { headers: bearer(token) }),
      ),
    );
    const sent = await post(gateway, token, other.conversationId, { text: 'x' });
    return unless(
      ...[...asked, sent].map(
        (reply) =>
          [
            reply.status === 404 && codeIn(reply) === 'not_found',
            `another user’s conversation is answered with ${reply.status}`,
          ] as const,
      ),
    );
  },
};
