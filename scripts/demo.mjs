// `npm run demo`: everything after installing and building is the program's own `demo` command.
import { prepare, run } from './prepare.mjs';

prepare();
run(process.execPath, ['dist/cli/main.js', 'demo', ...process.argv.slice(2)]);
