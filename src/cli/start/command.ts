import { type Command, parseArguments } from '../command.js';

const HELP = `veda-gateway start

Starts a gateway, a worker or both, and stops with SIGTERM or Ctrl-C. The environment configures it: docs/operations.md.
Without any variable everything runs in this process, with a database of its own in the folder .data.

  veda-gateway start
  ROLE=worker DATABASE_URL=postgres://… REDIS_URL=redis://… veda-gateway start
`;

export const start: Command = {
  help: HELP,
  async run(argv) {
    parseArguments(argv, {});
    // The other commands end when nobody reads them any more. A server does not.
    process.stdout.removeAllListeners('error');
    await import('../../main.js');
    // It ends the process itself.
    return new Promise(() => {});
  },
};
