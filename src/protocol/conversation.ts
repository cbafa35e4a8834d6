/** A conversation as clients see it (docs/protocol.md). Times are ISO 8601 UTC. */
export interface Conversation {
  readonly id: string;
  readonly title: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Absent: it is not. */
  readonly pinned?: true;
  readonly archived?: true;
}
