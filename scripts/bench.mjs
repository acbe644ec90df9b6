// `npm run bench:NAME -- [flags]`: installs and builds what is missing, then runs bench/NAME.ts as compiled into .bench/,
// which is as deep as bench/, so that a bench imports the built program as ../dist.
import { prepare, run } from './prepare.mjs';

const [name, ...flags] = process.argv.slice(2);
await prepare();
run('npm', ['run', '--silent', 'build:bench']);
run(process.execPath, [`.bench/${name}.js`, ...flags]);
