/** Where a key stands in its window. */
export interface Quota {
  /** `RateLimit.name` */
  readonly name: string;
  /** False when the limit is reached. */
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until the window ends, at least 1. */
  readonly resetSeconds: number;
}
