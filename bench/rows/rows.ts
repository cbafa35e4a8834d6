import { capacity } from './capacity.js';
import { exchange } from './exchange.js';
import { firstToken } from './first-token.js';
import type { Row } from './row.js';
import { token } from './token.js';

/** All rows, by the name under which docs/benchmarks.md describes them. */
export const rows: Readonly<Record<string, Row>> = {
  B1: firstToken,
  B2: token,
  B3: capacity,
  B9: exchange,
};
