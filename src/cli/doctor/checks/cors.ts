import type { Check, Context } from '../check.js';
import { type Finding, fail, ok } from '../finding.js';

const ADVICE =
  'list the origin in CORS_ORIGINS of the gateways, and let no proxy add or strip Access-Control-* headers';

/** Whether pages of `--origin` may call from a browser. */
export const cors: Check<Context> = {
  about: 'cors',
  async run({ gateway, origin }) {
    if (origin === undefined) return [];
    const { status, headers } = await gateway.ask('/api/conversations', {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type,last-event-id',
      },
    });
    return [clockFinding(origin, status, headers)];
  },
};

function clockFinding(origin: string, status: number, headers: NodeJS.Dict<string | string[]>): Finding {
  const allowed = headers['access-control-allow-origin'];
  if (allowed === undefined)
    return fail('cors', `pages of ${origin} may not call (status ${status})`, ADVICE);
  if (String(allowed).includes(',')) {
    return fail(
      'cors',
      `Access-Control-Allow-Origin comes twice (${String(allowed)}): browsers refuse that`,
      ADVICE,
    );
  }
  const fields = String(headers['access-control-allow-headers'] ?? '').toLowerCase();
  const missing = ['authorization', 'content-type', 'last-event-id'].filter((name) => !fields.includes(name));
  if (allowed !== '*' && allowed !== origin) {
    return fail('cors', `pages of ${origin} may not call: ${String(allowed)} alone may`, ADVICE);
  }
  if (missing.length > 0) return fail('cors', `pages may not send ${missing.join(', ')}`, ADVICE);
  return ok('cors', `pages of ${origin} may call`);
}
