import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import type { ChatPage } from './chat-page.js';
import { type EndlessModel, startEndlessModel, wordAt } from './endless-model.js';

/** More words than may be on their way to the page: they can only be shown after new text has come. */
const WORDS_AHEAD = 10;

/** The product over real servers, with a model whose answers end when the test says so. */
export class EndlessSite {
  readonly cluster: Cluster;
  readonly model: EndlessModel;
  readonly product: Product;

  private constructor(cluster: Cluster, model: EndlessModel, product: Product) {
    this.cluster = cluster;
    this.model = model;
    this.product = product;
  }

  static async start(env: Record<string, string> = {}): Promise<EndlessSite> {
    const model = await startEndlessModel();
    const cluster = await Cluster.start({ OLLAMA_HOST: model.url });
    return new EndlessSite(cluster, model, await cluster.all(env));
  }

  get url(): string {
    return this.product.url;
  }

  /** Resolves when the page shows text that the model has not written yet when this is called. */
  async showsNewText(chat: ChatPage): Promise<void> {
    await chat.shows(wordAt(this.model.words + WORDS_AHEAD));
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await this.model.stop();
  }
}
