// `npm run bench:NAME -- [flags]`: installs and builds what is missing, then runs bench/NAME.js.
import { prepare, run } from './prepare.mjs';

const [name, ...flags] = process.argv.slice(2);
prepare();
run(process.execPath, [`bench/${name}.js`, ...flags]);
