/**
 * A voice for browsers without one. `voice.said` is what it was given, and `voice.finish()` says all of it to its end.
 */
{
  let waiting = [];
  window.voice = {
    said: [],
    finish() {
      for (const utterance of waiting.splice(0)) utterance.dispatchEvent(new Event('end'));
    },
  };
  const synthesis = {
    speak(utterance) {
      window.voice.said.push(utterance.text);
      waiting.push(utterance);
    },
    cancel() {
      const cancelled = waiting;
      waiting = [];
      for (const utterance of cancelled) utterance.dispatchEvent(new Event('error'));
    },
  };
  Object.defineProperty(window, 'speechSynthesis', { value: synthesis });
}
