import type { Frame } from '../../../protocol/frames.js';
import type { ClientProblem } from '../../api.js';
import { ClientError } from '../../client-error.js';
import type { Disconnect } from '../transport.js';

/** Names a channel among all tabs: one conversation as one part of a tab follows it. */
export type ChannelKey = string;

/** What a tab asks of the tab that has the connection. */
export type ToLeader =
  | {
      readonly to: 'leader';
      readonly type: 'open';
      readonly key: ChannelKey;
      readonly conversationId: string;
      readonly cursor: string;
    }
  | { readonly to: 'leader'; readonly type: 'close'; readonly key: ChannelKey };

/** What the tab that has the connection tells all others. `stream` names a connection: each new one brings other frames. */
export type ToTabs =
  /** Another tab has the connection now: whoever has a channel asks for it. */
  | { readonly to: 'tabs'; readonly type: 'leader' }
  /** A channel was asked for, and will be opened or ended. */
  | { readonly to: 'tabs'; readonly type: 'heard'; readonly key: ChannelKey }
  /** The frames of these channels come with this stream from now on. */
  | {
      readonly to: 'tabs';
      readonly type: 'opened';
      readonly stream: string;
      readonly keys: readonly ChannelKey[];
    }
  | { readonly to: 'tabs'; readonly type: 'frame'; readonly stream: string; readonly frame: Frame }
  | { readonly to: 'tabs'; readonly type: 'alive'; readonly stream: string }
  | {
      readonly to: 'tabs';
      readonly type: 'ended';
      readonly keys: readonly ChannelKey[];
      readonly reason: PlainReason;
      /** The one that ended. Absent when none could be opened. */
      readonly stream?: string | undefined;
    };

/** A `Disconnect` without its error object: errors do not keep their own fields from tab to tab. */
export interface PlainReason {
  readonly kind: 'refused' | 'failed';
  readonly problem: ClientProblem;
  readonly status?: number;
  readonly retryAfter?: number;
  readonly token?: string;
}

export function plainReason(reason: Disconnect): PlainReason {
  if (reason.kind === 'closed') throw new Error('a connection that was closed has no error');
  const { error } = reason;
  return {
    // A proxy may break streams and let other requests through: polling may work.
    kind: reason.kind === 'refused' ? 'refused' : 'failed',
    problem: error.problem,
    ...(error.status !== undefined && { status: error.status }),
    ...(error.retryAfter !== undefined && { retryAfter: error.retryAfter }),
    ...(reason.kind === 'refused' && reason.token !== undefined && { token: reason.token }),
  };
}

export function disconnectFrom({ kind, problem, token, ...options }: PlainReason): Disconnect {
  const error = new ClientError(problem, options);
  return kind === 'failed' ? { kind, error } : { kind, error, ...(token !== undefined && { token }) };
}
