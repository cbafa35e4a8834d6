import { parseScript, type Script } from './script.js';

const MARKER = /\[\[double:(\{.*?\})\]\]/su;

/** A script, and how many requests have met its fault. */
interface Played {
  readonly script: Script;
  faults: number;
}

/** Which script answers which request: a marker in the question, else the next one queued, else the default. */
export class Scripts {
  #default: Played;
  #queue: Played[] = [];
  readonly #marked = new Map<string, Played>();

  constructor(script: Script) {
    this.#default = { script, faults: 0 };
  }

  /** For the next request that has none yet. What it does not say is as in the default. */
  queue(script: Script): void {
    this.#queue.push({ script: { ...this.#default.script, ...script }, faults: 0 });
  }

  setDefault(script: Script): void {
    this.#default = { script, faults: 0 };
  }

  clear(): void {
    this.#queue = [];
  }

  /** @throws when the question has a marker that is no script. */
  take(question: string): Script {
    return this.#play(this.#markedIn(question) ?? this.#queue.shift() ?? this.#default);
  }

  #markedIn(question: string): Played | undefined {
    const json = MARKER.exec(question)?.[1];
    if (json === undefined) return undefined;
    const known = this.#marked.get(question);
    if (known) return known;
    const played = { script: { ...this.#default.script, ...parseScript(JSON.parse(json)) }, faults: 0 };
    this.#marked.set(question, played);
    return played;
  }

  #play(played: Played): Script {
    const { fault, times = Number.POSITIVE_INFINITY, ...faultless } = played.script;
    if (fault === undefined || played.faults >= times) return faultless;
    played.faults += 1;
    return played.script;
  }
}
