/**
 * The child process of `bystander.ts`. It asks one thing again and again, from `begin` to `end`, and then answers with what
 * it saw. A process of its own, because the test's is busy with the attack.
 */
export interface Ask {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** How long each request took, in ms, and every status that was not 200. */
export interface Seen {
  readonly times: number[];
  readonly refused: number[];
}

/** Requests at the least, however short the attack is. */
const FEWEST = 30;
/** Between two requests, in ms: a person's pace, so that the bystander is no attacker. */
const PAUSE_MS = 10;

const bystander = { ended: false };

process.on('message', (message: Ask | 'end') => {
  if (message === 'end') bystander.ended = true;
  else void askUntilTheEnd(message);
});

async function askUntilTheEnd({ url, headers }: Ask): Promise<void> {
  bystander.ended = false;
  const seen: Seen = { times: [], refused: [] };
  while (!bystander.ended || seen.times.length < FEWEST) {
    const began = performance.now();
    const status = await statusOf(url, headers);
    seen.times.push(performance.now() - began);
    if (status !== 200) seen.refused.push(status);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  process.send?.(seen);
}

/** 0 when there was no answer. */
async function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  try {
    const response = await fetch(url, { headers });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
