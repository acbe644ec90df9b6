#!/usr/bin/env node
import { endWithThePipe } from './end-with-the-pipe.js';
import { runCommandLine } from './run-command-line.js';

endWithThePipe();
process.exitCode = await runCommandLine(process.argv.slice(2));
