import { messageLimit } from '../../src/generation/message-limit.js';
import { ScriptedProvider } from '../support/scripted-provider.js';

const LONG = '7'.repeat(900);

function limit(longest: number | undefined, text: string): Promise<number | undefined> {
  const provider = new ScriptedProvider();
  provider.longest = longest;
  return messageLimit(provider, 'x'.repeat(80))(text);
}

test('a message that fits beside the system prompt has no limit to tell', async () => {
  expect(await limit(1100, LONG)).toBeUndefined();
});

test('one that does not is told how long the prompt may be', async () => {
  expect(await limit(930, LONG)).toBe(930);
});

test('a message is accepted while the limit is not known', async () => {
  expect(await limit(undefined, LONG)).toBeUndefined();
});
