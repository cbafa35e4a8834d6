import type { Frame } from '../protocol/frames.js';
import type { ClientProblem, ErrorListener } from './api.js';

/** The listeners of a conversation. Frames and errors are passed on at once; changes that happen together are one call. */
export class Emitter {
  readonly #changeListeners = new Set<() => void>();
  readonly #frameListeners = new Set<(frame: Frame) => void>();
  readonly #errorListeners = new Set<ErrorListener>();
  readonly #iterations = new Set<() => void>();
  #isChangeDue = false;

  onChange(listener: () => void): () => void {
    return add(this.#changeListeners, () => listener());
  }

  onFrame(listener: (frame: Frame) => void): () => void {
    return add(this.#frameListeners, (frame) => listener(frame));
  }

  onError(listener: ErrorListener): () => void {
    return add(this.#errorListeners, (error, from) => listener(error, from));
  }

  /** Every frame from now on; those that nobody has taken yet are kept. */
  frames(signal?: AbortSignal): AsyncIterable<Frame> {
    const kept: Frame[] = [];
    let isOver = signal?.aborted ?? false;
    let wake = (): void => {};
    const unsubscribe = this.onFrame((frame) => {
      kept.push(frame);
      wake();
    });
    const end = (): void => {
      isOver = true;
      unsubscribe();
      signal?.removeEventListener('abort', end);
      this.#iterations.delete(end);
      wake();
    };
    this.#iterations.add(end);
    signal?.addEventListener('abort', end);

    async function* iterate(): AsyncGenerator<Frame> {
      try {
        for (;;) {
          const frame = kept.shift();
          if (frame) yield frame;
          else if (isOver) return;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        end();
      }
    }
    return iterate();
  }

  emitFrame(frame: Frame): void {
    for (const listener of this.#frameListeners) callGuarded(() => listener(frame));
  }

  emitError(error: ClientProblem, from: 'connection' | 'send'): void {
    for (const listener of this.#errorListeners) callGuarded(() => listener(error, from));
  }

  /** In the next microtask, once for all calls until then. */
  emitChange(): void {
    if (this.#isChangeDue) return;
    this.#isChangeDue = true;
    queueMicrotask(() => {
      this.#isChangeDue = false;
      for (const listener of this.#changeListeners) callGuarded(listener);
    });
  }

  /** Ends every iteration after the frames that it has kept. */
  close(): void {
    for (const end of this.#iterations) end();
  }
}

/** `listener` is a function made for this call, so that one function may be added twice. Returns what removes it. */
function add<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A listener that throws does not keep others from being called; its error is reported as uncaught. */
function callGuarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
