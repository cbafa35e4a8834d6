import type { Config } from '../config.js';
import type { Disclaimers } from '../generation/disclaimer.js';
import type { GenerationRef } from '../generation/generation-log.js';
import type { Provider } from '../generation/provider.js';
import type { Logger } from '../kernel/logger.js';
import type { Lifecycle } from '../lifecycle.js';
import type { Infrastructure } from './infrastructure.js';
import type { Telemetry } from './telemetry.js';

/** What a gateway is made from. */
export interface GatewayOptions {
  readonly config: Config;
  readonly infrastructure: Infrastructure;
  readonly provider: Provider;
  /** What of a worker a gateway needs: to end what is to be stopped and nobody runs. */
  readonly endStopped: (ref: GenerationRef) => Promise<void>;
  readonly disclaimers: Disclaimers;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
}
