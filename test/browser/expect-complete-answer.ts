import { DISCLAIMER } from '../../src/generation/disclaimer.js';
import type { ChatPage } from './chat-page.js';
import { answerText, type EndlessModel } from './endless-model.js';

/**
 * Lets the model end, and compares: the page shows what the model wrote and the server stored, and at every moment it showed
 * a beginning of that. Nothing was missing, doubled, or gone for a moment.
 */
export async function expectCompleteAnswer(chat: ChatPage, model: EndlessModel): Promise<void> {
  model.end();
  await chat.hasAnswer('complete');
  const written = answerText(model.words);
  const stored = (await chat.stored()).at(-1);
  expect(stored).toMatchObject({ status: 'complete', content: `${written}\n\n${DISCLAIMER}` });
  const { broken, last, steps } = await chat.growth();
  expect(broken).toEqual([]);
  expect(last).toBe(written);
  expect(steps).toBeGreaterThan(1);
  expect(await chat.answers.last().locator('.disclaimer').allTextContents()).toEqual([
    DISCLAIMER.replaceAll('**', ''),
  ]);
}
