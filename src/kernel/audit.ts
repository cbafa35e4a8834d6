/** Records who did what, for the audit trail. */
export interface Audit {
  /** Returns at once and never throws. The event is stored a moment later, in the order of the calls. */
  record(event: AuditEvent): void;
}

/** What happened, without any text of a user. */
export interface AuditEvent {
  /** The operation's id in the OpenAPI document, or that of a socket: `socketConnect`, `socketRead`, `socketSend` … */
  readonly operation: string;
  readonly kind: AuditKind;
  readonly outcome: 'success' | 'refused' | 'failed';
  /** The error code of what was refused or failed; of `dangerAlert`, the rule. */
  readonly code?: string | undefined;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly conversationId?: string | undefined;
  readonly messageId?: string | undefined;
  /** Where the request came from. */
  readonly address?: string | undefined;
  readonly requestId?: string | undefined;
  /** Of how many like it this one is; refusals that repeat are counted. 1 when absent. */
  readonly count?: number | undefined;
}

/** As FHIR names what is done to data (AuditEvent.action), `execute` for what touches none, such as signing in. */
export type AuditKind = 'create' | 'read' | 'update' | 'delete' | 'execute';
