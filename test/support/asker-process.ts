/** The child process of `asker.ts`. It makes one request again and again until it is sent `end`, and answers with what it saw. */
export interface Ask {
  readonly url: string;
  readonly headers?: Record<string, string>;
  /** Between a response and the next request, in ms. */
  readonly pauseMs: number;
}

/** How long each request took, in ms, and every status that was not 200. */
export interface Seen {
  readonly times: number[];
  readonly refused: number[];
}

/** Requests at the least, however soon the end comes. */
const FEWEST = 30;

const asking = { ended: false };

process.on('message', (message: Ask | 'end') => {
  if (message === 'end') asking.ended = true;
  else void askUntilTheEnd(message);
});

async function askUntilTheEnd({ url, headers = {}, pauseMs }: Ask): Promise<void> {
  asking.ended = false;
  const seen: Seen = { times: [], refused: [] };
  while (!asking.ended || seen.times.length < FEWEST) {
    const began = performance.now();
    const status = await statusOf(url, headers);
    seen.times.push(performance.now() - began);
    if (status !== 200) seen.refused.push(status);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
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
