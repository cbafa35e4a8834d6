import type { Disaster } from './generation-log/disaster.js';
import { describeInterleavings } from './generation-log/interleavings.js';
import { describeReading } from './generation-log/reading.js';
import type { LogSubject } from './generation-log/scene.js';
import { describeWriting } from './generation-log/writing.js';

/**
 * What every implementation of `GenerationLog` promises. `subject` is asked once a test, after the caller's own
 * `beforeAll`; `disaster` is given when the implementation can lose what it holds.
 */
export function describeGenerationLog(subject: () => LogSubject, disaster?: () => Disaster): void {
  describe('writing', () => describeWriting(subject));
  describe('reading', () => describeReading(subject));
  describe('any interleaving', () => describeInterleavings(subject, disaster));
}
