// Runs in the page before its own scripts. Records the text of every answer at each change of the page.
(() => {
  /** By message id: the first and the last text shown, how many there were, and each that did not grow out of the one before. */
  window.growth = {};

  function look() {
    for (const [id, answer] of Object.entries(window.growth)) {
      const isGone =
        document.querySelector('.messages') && !document.querySelector(`[data-message-id="${id}"]`);
      if (isGone) answer.broken.push({ before: answer.last, after: null });
    }
    for (const item of document.querySelectorAll('.answer[data-message-id]'))
      record(item.dataset.messageId, textOf(item));
  }

  function record(id, text) {
    const answer = window.growth[id];
    if (!answer) {
      window.growth[id] = { first: text, last: text, steps: 1, broken: [] };
      return;
    }
    if (text === answer.last) return;
    if (!text.startsWith(answer.last)) answer.broken.push({ before: answer.last, after: text });
    answer.last = text;
    answer.steps += 1;
  }

  /** For text without Markdown but paragraphs, this is the text itself. */
  function textOf(item) {
    return Array.from(item.querySelectorAll('.prose > .block'), (block) => block.textContent.trim()).join(
      '\n\n',
    );
  }

  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
})();
