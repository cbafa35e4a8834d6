import type { PerMinute } from '../../src/account/account-limits.js';

/** Limits that no test reaches by chance. */
export const ROOMY_LIMITS: PerMinute = {
  registrations: 1000,
  refreshes: 1000,
  tickets: 1000,
  conversations: 1000,
  uploads: 1000,
};

export const ROOMY_STREAMS = { perUser: 1000, perAddress: 1000 };
