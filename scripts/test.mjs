// `npm test`: the linter, the order of the rooms, the types of the tests, then every test. Arguments go to Jest.
import { prepare, run } from './prepare.mjs';

prepare();
const args = process.argv.slice(2);
if (args.length === 0) run('npm', ['run', '--silent', 'lint']);
// Jest would take one worker on two cores, which waits for child processes much of the time.
run('npx', ['--no-install', 'jest', '--maxWorkers=2', ...args]);
