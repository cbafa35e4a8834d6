/** What makes a process's clock jump at each SIGUSR2: the wall clock an hour forth and back, the other by seconds, forth. */
const PRELOAD = `
  const WallClock = Date;
  const wallNow = Date.now;
  const monotonicNow = performance.now.bind(performance);
  let wall = 0;
  let monotonic = 0;
  globalThis.Date = class extends WallClock {
    constructor(...args) {
      if (args.length === 0) super(wallNow() + wall);
      else super(...args);
    }
    static now() {
      return wallNow() + wall;
    }
  };
  performance.now = () => monotonicNow() + monotonic;
  process.on('SIGUSR2', () => {
    wall = wall === 0 ? 3_600_000 : wall > 0 ? -3_600_000 : 0;
    monotonic += 2_500;
  });
`;

/** For `NODE_OPTIONS`. */
export const JUMPING_CLOCK = `--import=data:text/javascript,${encodeURIComponent(PRELOAD)}`;

export const JUMP: NodeJS.Signals = 'SIGUSR2';
