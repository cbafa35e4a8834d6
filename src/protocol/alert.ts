/** Danger that a rule found in what the user wrote (docs/protocol.md, "Alerts"). */
export interface Alert {
  /** The rule and its version, `chest-pain@1` for example. */
  readonly rule: string;
  readonly severity: AlertSeverity;
  /** What the person is told, in the language in which the danger was written. */
  readonly text: string;
  readonly resources: readonly AlertResource[];
}

export type AlertSeverity = 'emergency' | 'warning';

/** Somebody who helps. */
export interface AlertResource {
  /** With its country, since nobody knows where the person is. */
  readonly label: string;
  readonly phone?: string;
  readonly url?: string;
}
