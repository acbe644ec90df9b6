// `npm run test:device`: both towers on a graphics driver against the processor. On the card of this machine where DEVICE_CARD is
// set, else on SwiftShader, which Chromium's package brings; skipped with a notice where there is none.
import { prepare, run } from './prepare.mjs';
import { softwareCard } from './software-card.mjs';

const driver = process.env.DEVICE_CARD === undefined ? softwareCard() : {};
if (driver === null) {
  console.error('test:device is skipped: SwiftShader was not found; it comes with the package chromium.');
  process.exit(process.env.DEVICE_REQUIRED === undefined ? 0 : 1);
}
await prepare();
run(
  'npx',
  ['--no-install', 'jest', '--runInBand', '--testTimeout', '600000', 'test/device', ...process.argv.slice(2)],
  {
    DEVICE_TEST: '1',
    ...driver,
  },
);
