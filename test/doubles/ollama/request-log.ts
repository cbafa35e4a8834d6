/** What happened to one request. Times are in ms since 1970, with fractions. */
export interface LoggedRequest {
  readonly id: number;
  readonly method: string;
  readonly path: string;
  /** As parsed from JSON; undefined when there was none, or it was broken. */
  body?: unknown;
  readonly startedAt: number;
  /** As the client sent it. */
  readonly traceparent?: string | undefined;
  status?: number;
  /** How many messages of the prompt were dropped without a word, because it was longer than the window. */
  dropped?: number;
  firstTokenAt?: number;
  /** Tokens handed to the socket. */
  tokens: number;
  /** The double was through with it, by a fault or at the end. */
  endedAt?: number;
  /** The client went away before that. */
  disconnectedAt?: number;
}

interface Waiter {
  readonly matches: (request: LoggedRequest) => boolean;
  readonly resolve: (request: LoggedRequest) => void;
}

/** All requests, and moments to wait for. */
export class RequestLog {
  #requests: LoggedRequest[] = [];
  #waiters: Waiter[] = [];
  #lastId = 0;

  begin(method: string, path: string, traceparent?: string): LoggedRequest {
    const request = { id: (this.#lastId += 1), method, path, traceparent, startedAt: now(), tokens: 0 };
    this.#requests.push(request);
    this.changed();
    return request;
  }

  token(request: LoggedRequest): void {
    request.tokens += 1;
    request.firstTokenAt ??= now();
    this.changed();
  }

  end(request: LoggedRequest): void {
    request.endedAt ??= now();
    this.changed();
  }

  disconnect(request: LoggedRequest): void {
    request.disconnectedAt = now();
    this.changed();
  }

  all(): LoggedRequest[] {
    return structuredClone(this.#requests);
  }

  /** Those that are being answered. */
  running(): LoggedRequest[] {
    const open = this.#requests.filter(
      ({ endedAt, disconnectedAt }) => endedAt === undefined && disconnectedAt === undefined,
    );
    return structuredClone(open);
  }

  clear(): void {
    this.#requests = [];
  }

  /** Resolves with the first request that matches, at once if there is one already. */
  when(matches: (request: LoggedRequest) => boolean): Promise<LoggedRequest> {
    return new Promise((resolve) => {
      this.#waiters.push({ matches, resolve });
      this.changed();
    });
  }

  changed(): void {
    for (const waiter of this.#waiters) {
      const request = this.#requests.find(waiter.matches);
      if (!request) continue;
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      waiter.resolve(structuredClone(request));
    }
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
