import * as fc from 'fast-check';
import { sized } from '../../support/size.js';
import type { Disaster } from './disaster.js';
import type { LogSubject } from './scene.js';
import { type Step, World } from './world.js';

/** Multi-byte, combining, joined by U+200D: what must never be cut. */
const CHARACTERS = ['a', 'é', 'e\u0301', 'ß', 'न', 'मस्ते', '€', '👋', '👩‍⚕️', '⚠️', '\n'];

const text = fc
  .array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: 8 })
  .map((all) => all.join(''));
const which = fc.nat({ max: 30 });

const BY_PEOPLE: fc.Arbitrary<Step>[] = [
  fc.record({ do: fc.constant('claim') }),
  fc.record({ do: fc.constant('open') }),
  fc.record({ do: fc.constant('begin'), over: fc.boolean() }),
  fc.record({ do: fc.constant('append'), text }),
  fc.record({ do: fc.constant('append'), text }),
  fc.record({ do: fc.constant('repeat') }),
  fc.record({ do: fc.constant('zombie'), which, text }),
  fc.record({ do: fc.constant('join'), which, elsewhere: fc.boolean(), pace: fc.nat({ max: 3 }) }),
];

const BY_FATE: fc.Arbitrary<Step>[] = [
  fc.record({ do: fc.constant('loseAll') }),
  fc.record({ do: fc.constant('loseText'), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ do: fc.constant('save') }),
  fc.record({ do: fc.constant('putBack'), which }),
  fc.record({ do: fc.constant('zombieRestores'), which }),
];

export function describeInterleavings(subject: () => LogSubject, disaster?: () => Disaster): void {
  it('gives every reader exactly the final text, whenever and wherever it joined', async () => {
    const steps = fc.array(fc.oneof(...BY_PEOPLE, ...(disaster ? BY_FATE : [])), {
      maxLength: 40,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        const world = new World(subject(), disaster?.());
        try {
          for (const step of steps) await world.take(step);
          await world.finish();
        } finally {
          await world.leave();
        }
      }),
      { numRuns: sized(100, 2000), interruptAfterTimeLimit: 200_000, markInterruptAsFailure: true },
    );
  });
}
