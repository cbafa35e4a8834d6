import { request } from 'node:http';
import { microseconds } from '../../test/doubles/ollama/stamp.js';

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: object;
}

/** Takes a line and when it arrived (µs), and may say that no more are wanted. */
export type OnLine = (line: string, arrivedAt: number) => 'enough' | undefined;

/**
 * Calls `onLine` for each line of the response's body. Resolves with its end. The connection is the call's own, and ends
 * with it.
 * @throws for every status but 200, and when the response breaks off.
 */
export function readLines({ method, url, headers, body }: Call, onLine: OnLine): Promise<void> {
  return new Promise((resolve, reject) => {
    const json = body === undefined ? undefined : JSON.stringify(body);
    const type = json === undefined ? {} : { 'Content-Type': 'application/json' };
    const call = request(url, { method, headers: { ...type, ...headers }, agent: false });
    call.on('error', reject);
    call.setNoDelay(true);
    call.once('response', (response) => {
      if (response.statusCode !== 200) {
        call.destroy(new Error(`${method} ${url}: ${response.statusCode}`));
        return;
      }
      let rest = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        const arrivedAt = microseconds();
        const lines = (rest + piece).split('\n');
        rest = lines.pop() ?? '';
        try {
          if (!lines.some((line) => onLine(line, arrivedAt) === 'enough')) return;
          resolve();
          call.destroy();
        } catch (error) {
          call.destroy(error as Error);
        }
      });
      response.once('end', resolve).once('error', reject);
    });
    call.end(json);
  });
}
