import { type OllamaDouble, startOllamaDouble } from '../doubles/ollama/server.js';
import { type TestApp, TestSite } from '../support/app.js';

/** Two gateways, a worker and a model that says what it is told to, in this process. */
export class Deployment {
  readonly ollama: OllamaDouble;
  readonly #site: TestSite;
  readonly #gateways: TestApp[] = [];
  #worker: TestApp | undefined;

  private constructor(site: TestSite, ollama: OllamaDouble) {
    this.#site = site;
    this.ollama = ollama;
  }

  static async start(): Promise<Deployment> {
    const [site, ollama] = await Promise.all([TestSite.open(), startOllamaDouble()]);
    const deployment = new Deployment(site, ollama);
    deployment.#gateways.push(await deployment.#start('gateway'), await deployment.#start('gateway'));
    deployment.#worker = await deployment.#start('worker');
    return deployment;
  }

  /** `127.0.0.1:<port>` of each gateway. */
  get addresses(): string[] {
    return this.#gateways.map(({ url }) => new URL(url).host);
  }

  /** Ends a gateway as a new release does. */
  async stopGateway(index: number): Promise<void> {
    await this.#gateways[index]?.stop();
  }

  /** Starts it again at its address. */
  async startGateway(index: number): Promise<void> {
    this.#gateways[index] = await this.#start('gateway', this.addresses[index]?.split(':')[1]);
  }

  /** What the worker has not finished the next one goes on with. */
  async replaceWorker(): Promise<void> {
    await this.#worker?.stop();
    this.#worker = await this.#start('worker');
  }

  async stop(): Promise<void> {
    const members = this.#worker ? [...this.#gateways, this.#worker] : this.#gateways;
    await Promise.all(members.map((member) => member.stop()));
    await Promise.all([this.#site.close(), this.ollama.stop()]);
  }

  async #start(role: string, port = '0'): Promise<TestApp> {
    const app = await this.#site.start({
      ROLE: role,
      PORT: port,
      LLM_PROVIDER: 'ollama',
      OLLAMA_HOST: this.ollama.url,
      DRAIN_SECONDS: '0.2',
    });
    let stopped: Promise<void> | undefined;
    return {
      url: app.url,
      // A test may have stopped it.
      stop: () => (stopped ??= app.stop()),
    };
  }
}
