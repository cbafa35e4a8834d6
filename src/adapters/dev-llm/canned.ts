import { CANNED_ANSWERS, GENERAL_ANSWER } from './canned-answers.js';

/** The written answer to the first subject that the question names, or a general one. In Markdown. */
export function cannedAnswer(question: string): string {
  return CANNED_ANSWERS.find(({ about }) => about.test(question))?.text ?? GENERAL_ANSWER;
}
