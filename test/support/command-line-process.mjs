// The command line, once and again: for each order `{ args, env, end }` what `dist/cli/main.js` does with the arguments, in that
// environment. The exit code is sent back; `end` is written to both streams, behind all that the command has written.
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../../dist/cli/run-command-line.js';

// Commands that start others start this program.
process.argv[1] = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

process.on('message', async ({ args, env, end }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const status = await runCommandLine(args);
  process.stdout.write(end);
  process.stderr.write(end);
  process.send(status);
});
process.on('disconnect', () => process.exit());
