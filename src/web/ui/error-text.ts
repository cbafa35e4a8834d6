import type { ClientProblem } from '../../client/api.js';

/** What a patient is told instead of the server's words. Codes that are not here have messages for people. */
const TEXTS: Partial<Record<ClientProblem['code'], string>> = {
  network: 'The server cannot be reached. Check your connection and try again.',
  internal: 'Something went wrong. Please try again.',
  draining: 'The service is not available at the moment. Please try again soon.',
  rate_limited: 'Too many messages in a short time. Please wait a little.',
  token_expired: 'You are no longer signed in. Please sign in again.',
  payload_too_large: 'This message or its file is too large.',
  file_lost: 'A file of this message is no longer there. Attach it again in a new message.',
  llm_unavailable: 'The assistant is not available at the moment. Please try again soon.',
  llm_failed: 'The assistant could not answer. Please try again.',
  llm_timeout: 'The assistant took too long to answer. Please try again.',
};

/** What went wrong, for a person to read. @param failure anything that was thrown, or what a message or a view says */
export function errorText(failure: unknown): string {
  const { problem, code, message } = failure as {
    problem?: Pick<ClientProblem, 'code' | 'message'>;
    code?: ClientProblem['code'];
    message?: string;
  };
  const known = TEXTS[problem?.code ?? code ?? ('' as 'internal')];
  return known ?? sentence(problem?.message ?? message ?? 'Something went wrong');
}

/** The same for a file: what the server says of one is for people. */
export function uploadErrorText(failure: unknown): string {
  const { code, message } = (failure as { problem: ClientProblem }).problem;
  if (code === 'payload_too_large' || code === 'unsupported_media_type') return sentence(message);
  if (code === 'rate_limited') return 'Too many files in a short time. Please wait a little.';
  return errorText(failure);
}

/** The server's messages begin small and end without a full stop. */
function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
