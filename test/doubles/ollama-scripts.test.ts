import type { Script } from './ollama/script.js';
import { type OllamaDouble, startOllamaDouble } from './ollama/server.js';
import { microseconds, stampsIn } from './ollama/stamp.js';

const hello = { model: 'llama3.2', messages: [{ role: 'user', content: 'Hello' }] };
const TOKENS = ['Drink', ' tea', ' 🍵', ' often.'];

describe('scripts of the double of Ollama', () => {
  let double: OllamaDouble;

  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(double.url + path, { method: 'POST', body: JSON.stringify(body) });

  /** The lines of an answer to `hello`. */
  async function lines(script: Script): Promise<string[]> {
    double.script(script);
    return (await (await post('/api/chat', hello)).text()).split('\n').filter((line) => line !== '');
  }

  beforeEach(async () => {
    double = await startOllamaDouble({ script: { text: TOKENS } });
  });

  afterEach(async () => {
    await double.stop();
  });

  describe('faults', () => {
    it.each([
      ['not-found', 404],
      ['error', 500],
      ['unavailable', 503],
    ] as const)('%s is status %d', async (fault, status) => {
      double.script({ fault });
      const response = await post('/api/chat', hello);
      expect(response.status).toBe(status);
      expect(await response.json()).toEqual({ error: expect.any(String) });
    });

    it('error-line ends a 200 with an error', async () => {
      const all = await lines({ fault: 'error-line', after: 1 });
      expect(all).toEqual([
        expect.stringContaining('"done":false'),
        expect.stringMatching(/^\{"error":"[^"]+"\}$/),
      ]);
    });

    it('no-done ends without a last line', async () => {
      const all = await lines({ fault: 'no-done', after: 3 });
      expect(all).toEqual(Array(3).fill(expect.stringContaining('"done":false')));
    });

    it('garbage is one line that is no JSON, among all the others', async () => {
      const all = await lines({ fault: 'garbage', after: 1 });
      expect(all).toHaveLength(TOKENS.length + 2);
      expect(all.map((line) => line.startsWith('{'))).toEqual([true, false, true, true, true, true]);
    });

    it('cut destroys the socket after so many tokens', async () => {
      double.script({ fault: 'cut', after: 2 });
      const response = await post('/api/chat', hello);
      let text = '';
      const read = async (): Promise<void> => {
        for await (const piece of response.body ?? []) text += Buffer.from(piece).toString();
      };
      await expect(read()).rejects.toThrow('terminated');
      expect(text.trim().split('\n')).toHaveLength(2);
      expect(double.requests()).toEqual([
        expect.objectContaining({ tokens: 2, endedAt: expect.any(Number) }),
      ]);
    });

    it('split cuts characters between two pieces, burst puts lines together', async () => {
      const piecesOf = async (script: Script): Promise<Buffer[]> => {
        double.script(script);
        const pieces: Buffer[] = [];
        for await (const piece of (await post('/api/chat', hello)).body ?? [])
          pieces.push(Buffer.from(piece));
        return pieces;
      };
      const split = await piecesOf({ writes: 'split' });
      expect(split.some((piece) => piece.toString().includes('\uFFFD'))).toBe(true);
      expect(Buffer.concat(split).toString()).toContain('🍵');
      const burst = await piecesOf({ writes: 'burst', tokenCount: 8, tokensPerSecond: 100 });
      expect(burst[0]?.toString().trim().split('\n').length).toBeGreaterThanOrEqual(4);
    });

    it('meet only so many requests', async () => {
      double.defaultScript({ text: TOKENS, fault: 'error', times: 2 });
      const statuses = [];
      for (let request = 0; request < 3; request += 1) statuses.push((await post('/api/chat', hello)).status);
      expect(statuses).toEqual([500, 500, 200]);
    });
  });

  describe('scripts', () => {
    it('are taken one after the other, then the default again', async () => {
      double.script({ text: 'one' });
      double.script({ text: 'two' });
      const texts = [];
      for (let request = 0; request < 3; request += 1) {
        const whole = (await (await post('/api/chat', { ...hello, stream: false })).json()) as {
          message: { content: string };
        };
        texts.push(whole.message.content);
      }
      expect(texts).toEqual(['one', 'two', TOKENS.join('')]);
    });

    it('can have every token say when it was written', async () => {
      const before = microseconds();
      const all = await lines({ stamped: true, tokenCount: 3 });
      const text = all.map((line) => (JSON.parse(line) as { message: { content: string } }).message.content);
      const stamps = stampsIn(text.join(''));
      expect(stamps).toHaveLength(3);
      const moments = [before, ...stamps, microseconds()];
      expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    });

    it('can have every request answered otherwise', async () => {
      const ask = async (beginning?: string): Promise<string> => {
        double.script({ varied: true });
        const assistant = { role: 'assistant', content: beginning };
        const messages = [...hello.messages, ...(beginning === undefined ? [] : [assistant])];
        const response = await post('/api/chat', { ...hello, messages, stream: false });
        return ((await response.json()) as { message: { content: string } }).message.content;
      };
      expect(await ask()).toBe('Drink~1 tea~1 🍵~1 often.~1');
      expect(await ask('Drink~1 tea~1')).toBe(' 🍵~2 often.~2');
    });

    it('can stand in the question', async () => {
      const content = 'Hello [[double:{"text":"marked","fault":"no-done","after":0,"times":1}]] there';
      const ask = async (): Promise<string> =>
        (await post('/api/chat', { ...hello, messages: [{ role: 'user', content }] })).text();
      expect(await ask()).toBe('');
      expect(await ask()).toContain('marked');
    });

    it('are refused when they are misspelt', async () => {
      const content = '[[double:{"fault":"explode"}]]';
      expect((await post('/api/chat', { ...hello, messages: [{ role: 'user', content }] })).status).toBe(400);
      expect((await post('/__double/script', { fualt: 'cut' })).status).toBe(400);
    });
  });
});
