/** Something that happens once, for a test to wait for. */
export class Moment {
  readonly come: Promise<void>;
  #happen: () => void = () => {};

  constructor() {
    this.come = new Promise((resolve) => {
      this.#happen = resolve;
    });
  }

  readonly happen = (): void => this.#happen();
}
