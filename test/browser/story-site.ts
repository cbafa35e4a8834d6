import { Cluster } from '../support/cluster.js';
import type { Product } from '../support/product.js';
import type { ChatPage } from './chat-page.js';
import { type Storyteller, startStoryteller, wordAt } from './storyteller.js';

/** More than may be on the way, so that it takes new text to get there. */
const WORDS_AHEAD = 10;

/** The product over real servers, with a model that tells a story. */
export class StorySite {
  readonly cluster: Cluster;
  readonly storyteller: Storyteller;
  readonly product: Product;

  private constructor(cluster: Cluster, storyteller: Storyteller, product: Product) {
    this.cluster = cluster;
    this.storyteller = storyteller;
    this.product = product;
  }

  static async start(env: Record<string, string> = {}): Promise<StorySite> {
    const storyteller = await startStoryteller();
    const cluster = await Cluster.start({ OLLAMA_HOST: storyteller.url });
    return new StorySite(cluster, storyteller, await cluster.all(env));
  }

  get url(): string {
    return this.product.url;
  }

  /** Resolves when the page shows what has not been told yet. */
  async untilShown(chat: ChatPage): Promise<void> {
    await chat.shows(wordAt(this.storyteller.words + WORDS_AHEAD));
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await this.storyteller.stop();
  }
}
