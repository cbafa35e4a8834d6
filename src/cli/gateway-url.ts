import { usage } from './exit.js';
import type { Terminal } from './terminal.js';

const DEFAULT_URL = 'http://127.0.0.1:3000';

export const URL_OPTION = { url: { type: 'string' } } as const;

export const URL_HELP = `  --url URL      address of the gateway; without it VEDA_URL, or ${DEFAULT_URL}`;

/** The gateway's address without a slash at its end. `name` is that of the argument. @throws CliError */
export function gatewayUrl(given: string | undefined, { env }: Terminal, name = '--url'): string {
  const url = given ?? (env['VEDA_URL'] || DEFAULT_URL);
  if (URL.canParse(url)) {
    const { protocol, origin, pathname, search } = new URL(url);
    if (/^https?:$/.test(protocol) && search === '') return origin + pathname.replace(/\/+$/, '');
  }
  throw usage(`${name} must be an address like https://chat.example.org`);
}
