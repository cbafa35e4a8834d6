import { capacity } from './capacity.js';
import { exchange } from './exchange.js';
import { fanOut } from './fan-out.js';
import { firstToken } from './first-token.js';
import { growth } from './growth.js';
import { memory } from './memory.js';
import { overload } from './overload.js';
import { requests } from './requests.js';
import { resume } from './resume.js';
import type { Row } from './row.js';
import { token } from './token.js';

/** All rows, by the name under which docs/benchmarks.md describes them. */
export const rows: Readonly<Record<string, Row>> = {
  B1: firstToken,
  B2: token,
  B3: capacity,
  B4: resume,
  B5: fanOut,
  B6: memory,
  B7: requests,
  B8: growth,
  B9: exchange,
  B10: overload,
};
