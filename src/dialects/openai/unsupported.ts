import { AppError } from '../../kernel/errors.js';

/** What a parameter may be without asking for anything: `undefined` and `null` always may. */
type Harmless = (value: unknown) => boolean;

const NOTHING: Harmless = () => false;
const EMPTY: Harmless = (value) => Array.isArray(value) && value.length === 0;
const OFF: Harmless = (value) => value === false || value === 0;
const ONE_OF =
  (...values: unknown[]): Harmless =>
  (value) =>
    values.includes(value);
const TEXT_ONLY: Harmless = (value) => Array.isArray(value) && value.every((item) => item === 'text');
const PLAIN_TEXT: Harmless = (value) =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'text';

const COMMON: Readonly<Record<string, Harmless>> = {
  tools: EMPTY,
  tool_choice: ONE_OF('none', 'auto'),
  top_logprobs: OFF,
};

/** Parameters of Chat Completions that ask for what is not there. */
export const COMPLETION_PARAMETERS: Readonly<Record<string, Harmless>> = {
  ...COMMON,
  n: ONE_OF(1),
  functions: EMPTY,
  function_call: ONE_OF('none', 'auto'),
  modalities: TEXT_ONLY,
  audio: NOTHING,
  response_format: PLAIN_TEXT,
  logprobs: OFF,
  stop: EMPTY,
  web_search_options: NOTHING,
};

/** Parameters of Responses that ask for what is not there. */
export const RESPONSE_PARAMETERS: Readonly<Record<string, Harmless>> = {
  ...COMMON,
  prompt: NOTHING,
  text: (value) =>
    typeof value === 'object' &&
    value !== null &&
    (!('format' in value) || value.format === null || PLAIN_TEXT(value.format)),
};

/**
 * Refuses parameters that ask for what is not there: an answer without it would look as if it had been done. Others, such
 * as `temperature`, are let pass, as are those that nobody knows.
 * @throws AppError `bad_request` that names the first
 */
export function refuseUnsupported(body: unknown, parameters: Readonly<Record<string, Harmless>>): void {
  const given = typeof body === 'object' && body !== null ? body : {};
  for (const [name, value] of Object.entries(given)) {
    const isHarmless = parameters[name];
    if (!isHarmless || value === null || isHarmless(value)) continue;
    throw new AppError('bad_request', `${name}: this is not offered here`, { param: name });
  }
}
