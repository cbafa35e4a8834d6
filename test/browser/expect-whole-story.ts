import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { ChatPage } from './chat-page.js';
import { type Storyteller, story } from './storyteller.js';

/**
 * Lets the story end, and holds the page to it: what is shown is what was told and what is stored, and it has only ever
 * grown: nothing was missing, came twice, or went away for a moment.
 */
export async function expectWholeStory(chat: ChatPage, storyteller: Storyteller): Promise<void> {
  storyteller.end();
  await chat.hasAnswer('complete');
  const told = story(storyteller.words);
  const stored = (await chat.stored()).at(-1);
  expect(stored).toMatchObject({ status: 'complete', content: `${told}\n\n${DISCLAIMER}` });
  const { broken, last, steps } = await chat.growth();
  expect(broken).toEqual([]);
  expect(last).toBe(told);
  expect(steps).toBeGreaterThan(1);
  expect(await chat.answers.last().locator('.disclaimer').allTextContents()).toEqual([
    DISCLAIMER.replaceAll('**', ''),
  ]);
}
