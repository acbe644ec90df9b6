// `npm run test:hard [-- --all] [-- --seed N] [-- --minutes N]`: damaged files, file calls that fail, processes that are killed,
// calls beside a model in memory and inputs changed at random, under the built program. A share that takes ten minutes, by a seed that is printed; with --all as many cases as the rules ask for.
import { parseArgs } from 'node:util';
import { prepare, run } from './prepare.mjs';

const { values } = parseArgs({
  options: { all: { type: 'boolean' }, seed: { type: 'string' }, minutes: { type: 'string', default: '10' } },
});
const seed = values.seed ?? String(Date.now() % 1_000_000);
/** Of five parts each. */
const seconds = values.all === true ? 24 * 3600 : (Number(values.minutes) * 60) / 5;

await prepare();
console.error(`test:hard with --seed ${seed}`);
run('npx', ['--no-install', 'jest', '--runInBand', '--testTimeout', '90000000', 'test/hard'], {
  HARD_SEED: seed,
  HARD_SECONDS: String(seconds),
  ...(values.all === true ? { HARD_ALL: '1' } : {}),
});
