// `npm run test:e2e`: the page in the system's Chromium. Without one every test is skipped with a notice.
import { prepare, run } from './prepare.mjs';

await prepare();
run('npx', ['--no-install', 'jest', '--runInBand', '--testTimeout', '240000', 'test/e2e', ...process.argv.slice(2)], {
  E2E: '1',
});
