import type { Command } from '../command.js';
import { CliError } from '../exit.js';

export const chat: Command = {
  help: 'veda-gateway chat\n',
  async run() {
    throw new CliError('chat is not there yet');
  },
};
