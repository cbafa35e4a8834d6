/** Parses an event stream (WHATWG HTML, "Server-sent events"). Only the `data` of events is used here. */
export class EventParser {
  #rest = '';
  #data: string[] = [];

  /** The data of the events that this piece of the stream completes. */
  *push(piece: string): Generator<string> {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
      else if (line === '' && this.#data.length > 0) yield this.#data.splice(0).join('\n');
    }
  }
}
