import { type Command, parseArguments } from '../command.js';
import { EXIT } from '../exit.js';

const HELP = `veda-gateway migrate

Brings the database of DATABASE_URL up to date, or without it the one in the folder .data, and ends.

  DATABASE_URL=postgres://… veda-gateway migrate
`;

export const migrate: Command = {
  help: HELP,
  async run(argv) {
    parseArguments(argv, {});
    await import('../../migrate.js');
    return process.exitCode === undefined ? EXIT.ok : EXIT.failed;
  },
};
