// `npm test`: the linter, the order of the rooms, the types of the tests, then every test. Arguments go to Jest.
import { prepare, run, statusOf } from './prepare.mjs';

const args = process.argv.slice(2);
await prepare(() => (args.length === 0 ? statusOf('npm', ['run', '--silent', 'lint']) : 0));
// Jest would take one worker on two cores, which waits for child processes much of the time.
run('npx', ['--no-install', 'jest', '--maxWorkers=2', ...args]);
