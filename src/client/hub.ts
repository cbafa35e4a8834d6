import type { Frame } from '../protocol/frames.js';
import type { ClientProblem, ErrorListener } from './api.js';

/** Tells listeners of frames at once, and of changes once for all that happen together. */
export class Hub {
  readonly #changeListeners = new Set<() => void>();
  readonly #frameListeners = new Set<(frame: Frame) => void>();
  readonly #errorListeners = new Set<ErrorListener>();
  readonly #streams = new Set<() => void>();
  #isDue = false;

  onChange(listener: () => void): () => void {
    // Of its own, so that one function may listen twice.
    const own = (): void => listener();
    this.#changeListeners.add(own);
    return () => this.#changeListeners.delete(own);
  }

  onFrame(listener: (frame: Frame) => void): () => void {
    const own = (frame: Frame): void => listener(frame);
    this.#frameListeners.add(own);
    return () => this.#frameListeners.delete(own);
  }

  onError(listener: ErrorListener): () => void {
    const own: ErrorListener = (error, from) => listener(error, from);
    this.#errorListeners.add(own);
    return () => this.#errorListeners.delete(own);
  }

  /** Every frame from now on, kept until it is taken. */
  frames(signal?: AbortSignal): AsyncIterable<Frame> {
    const kept: Frame[] = [];
    let over = signal?.aborted ?? false;
    let wake = (): void => {};
    const stopListening = this.onFrame((frame) => {
      kept.push(frame);
      wake();
    });
    const end = (): void => {
      over = true;
      stopListening();
      signal?.removeEventListener('abort', end);
      this.#streams.delete(end);
      wake();
    };
    this.#streams.add(end);
    signal?.addEventListener('abort', end);

    async function* taken(): AsyncGenerator<Frame> {
      try {
        for (;;) {
          const frame = kept.shift();
          if (frame) yield frame;
          else if (over) return;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        end();
      }
    }
    return taken();
  }

  tell(frame: Frame): void {
    for (const listener of this.#frameListeners) guarded(() => listener(frame));
  }

  failed(error: ClientProblem, from: 'connection' | 'send'): void {
    for (const listener of this.#errorListeners) guarded(() => listener(error, from));
  }

  changed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      for (const listener of this.#changeListeners) guarded(listener);
    });
  }

  /** Ends every iteration, once what is kept was taken. */
  close(): void {
    for (const end of this.#streams) end();
  }
}

/** A listener's error is its own: it is reported, and nobody else misses anything. */
function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
