import type { RowReport } from '../report/report.js';
import type { Servers } from '../servers.js';
import type { GatewayFactory } from '../systems/gateway.js';
import type { SystemFactory } from '../systems/system.js';

export interface Contestants {
  readonly servers: Servers;
  /** The checkout that is measured, called `ours`. */
  readonly ours: GatewayFactory;
  /** Other checkouts, to compare with. */
  readonly baselines: readonly GatewayFactory[];
  readonly usual: SystemFactory;
  readonly relay: SystemFactory;
  readonly direct: SystemFactory;
  /** How often each measurement is made. */
  readonly rounds: number;
}

export type Row = (contestants: Contestants) => Promise<RowReport>;
