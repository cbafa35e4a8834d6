import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';

/** As Debian installs it; the flags keep it from asking the network for anything of its own. */
const LAUNCH = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

/** Chromium for a test file: launched once, with a fresh context for each page. */
export interface TestBrowser {
  /**
   * A page of somebody who was never here. The test fails at its end if the page threw, wrote an error to its console, or
   * was kept from something by its policy, unless `expected` matches what it said.
   */
  newPage(expected?: RegExp, options?: BrowserContextOptions): Promise<Page>;
}

/** Call it where tests are described: it brings its own hooks. `args` are more flags of Chromium. */
export function useBrowser(args: readonly string[] = []): TestBrowser {
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ ...LAUNCH, args: [...LAUNCH.args, ...args] });
  });

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(complaints.splice(0)).toEqual([]);
  });

  afterAll(() => browser.close());

  return {
    async newPage(expected, options) {
      const context = await browser.newContext(options);
      contexts.push(context);
      const complain = (text: string): void => {
        if (!expected?.test(text)) complaints.push(text);
      };
      // Chromium says what a policy has blocked as an error of the console.
      context.on('console', (message) => message.type() === 'error' && complain(message.text()));
      context.on('weberror', (thrown) => complain(String(thrown.error())));
      return context.newPage();
    },
  };
}
