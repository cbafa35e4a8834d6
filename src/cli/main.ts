#!/usr/bin/env node
import { runCli } from './run-cli.js';
import { terminalOf } from './terminal.js';

// Whoever reads has read enough (`| head`).
process.stdout.on('error', () => process.exit(0));

// Leaves by itself once nothing is under way, so that a slow reader of a pipe gets all of it.
process.exitCode = await runCli(process.argv.slice(2), terminalOf(process));
