import { parentPort } from 'node:worker_threads';

/**
 * Runs in a thread of its own: it compares a question with every vector, which takes tens of milliseconds, during which
 * the main thread would deliver no answers.
 *
 *   {vectors: Float32Array, dimensions}   the vectors to search from now on, one after the other
 *   {id, question: Float32Array, limit}   → {id, found: [[index, dot product], …]}, best first
 */
let vectors = new Float32Array();
let dimensions = 1;

parentPort.on('message', (message) => {
  if (message.vectors) ({ vectors, dimensions } = message);
  else parentPort.postMessage({ id: message.id, found: nearest(message.question, message.limit) });
});

function nearest(question, limit) {
  const found = [];
  for (let index = 0, start = 0; start < vectors.length; index += 1, start += dimensions) {
    let sum = 0;
    for (let at = 0; at < dimensions; at += 1) sum += vectors[start + at] * question[at];
    if (found.length === limit && sum <= found[limit - 1][1]) continue;
    let place = found.length;
    while (place > 0 && found[place - 1][1] < sum) place -= 1;
    found.splice(place, 0, [index, sum]);
    if (found.length > limit) found.pop();
  }
  return found;
}
