import type { Context } from 'koa';

/** The first version that knows `reset-step`. */
const KNOWS_RESET = 7;

/**
 * Whether the client says that it knows `reset-step`. Its transport sends nothing by which its version could be told, so a page
 * that uses version 7 says it: `new DefaultChatTransport({ headers: { 'X-AI-SDK-Version': '7' } })`. Programs that call
 * themselves `ai-sdk/7…` or `ai/7…` in `User-Agent` are believed as well. Whoever says nothing is not sent what may fail.
 */
export function knowsReset(ctx: Context): boolean {
  const agent = /(?:^|\s)ai(?:-sdk)?\/(\d{1,4})\b/i.exec(ctx.get('user-agent'))?.[1];
  const version = /^\d{1,4}/.exec(ctx.get('x-ai-sdk-version'))?.[0] ?? agent;
  return version !== undefined && Number(version) >= KNOWS_RESET;
}
