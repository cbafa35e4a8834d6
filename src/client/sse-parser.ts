/** Takes apart an event stream (WHATWG HTML, "Server-sent events"): the `data` of each event. All else is not used here. */
export class EventParser {
  #rest = '';
  #data: string[] = [];

  /** The events that end with this piece of the stream. */
  *push(piece: string): Generator<string> {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
      else if (line === '' && this.#data.length > 0) yield this.#data.splice(0).join('\n');
    }
  }
}
