#!/usr/bin/env node
import { runCli } from './run-cli.js';
import { terminalOf } from './terminal.js';

// The reader of the pipe has closed it (`| head`).
process.stdout.on('error', () => process.exit(0));

// No process.exit: a slow reader of a pipe would lose the rest of the output.
process.exitCode = await runCli(process.argv.slice(2), terminalOf(process));
