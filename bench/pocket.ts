// What the pocket model and the blend show on towns and seeds they have never seen.
//
//   npm run bench:pocket -- [--seed N] [--json] [--model pocket] [--towns 750] [--scenes 2] [--references 8]
//   npm run bench:pocket -- --seeds 10 [--json] …    ten worlds of seeds drawn now; or a list, --seeds 3,1,4
//
// With several seeds each world is made, tuned on and measured by itself; then what the blend's circles hold and which
// answers are sure and likely stand in one table, a row for each seed, and in another what the blend gains on each other side, over
// the seeds (`--json`: one line for each seed).
//
// Four lots of `--towns` towns: indexed and unindexed ones to tune on, indexed and unindexed ones to check. Of the
// indexed ('index' split) `--references` scenes each are references; of all, `--scenes` further scenes are asked about.
// The blend is tuned and calibrated on the first two lots (`streetdex tune`), everything is measured on the other two.
// Intervals come from drawing towns whole. Beside the four sides stand the blend with unfitted weights (`fixed`), Vo et
// al.'s kernel, and the fitted blend with one of its constructions taken away.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { measurePocketWorld, type PocketWorld } from './measure-pocket-world.js';
import { figuresOf, HALVES, type Half } from './pocket-figures.js';
import { printPocketWorld } from './print-pocket-world.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000_000)) },
    seeds: { type: 'string' },
    json: { type: 'boolean', default: false },
    model: { type: 'string', default: 'pocket' },
    towns: { type: 'string', default: '750' },
    scenes: { type: 'string', default: '2' },
    references: { type: 'string', default: '8' },
    'data-dir': { type: 'string' },
  },
});
/** Student's t at 97.5 %, for 2 seeds and more. */
const STUDENT_975 = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];

const seeds = seedsOf(values.seed, values.seeds);
const rows: Record<string, Record<string, number>> = {};
const gained: Gain[][] = [];
for (const seed of seeds) {
  const result = await measurePocketWorld(seed, values);
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else if (seeds.length === 1) printPocketWorld(result);
  rows[seed] = promisesOf(result);
  gained.push(gainsOf(result));
}
if (!values.json && seeds.length > 1) {
  console.table({ ...rows, mean: meanRow(Object.values(rows)) });
  console.log(
    "\nfitted blend minus each side, points: mean over the seeds, 95 % interval by Student's t, seeds below 0",
  );
  console.table(overSeeds(gained));
}

/** Of `--seeds`, a number of seeds to draw (a single one under 1,000) or a list; else that of `--seed`. */
function seedsOf(seed: string, wanted?: string): string[] {
  if (wanted === undefined) return [seed];
  if (/^\d{1,3}$/.test(wanted)) return Array.from({ length: Number(wanted) }, () => String(randomInt(1_000_000_000)));
  return wanted.split(',');
}

/** Percent held by the blend's circles, overall and by part, and how many answers are sure and likely. */
function promisesOf({ evaluation, tuning }: PocketWorld): Record<string, number> {
  const held = (name: Half) => {
    const { circle_50_percent: half, circle_90_percent: most } = figuresOf(name, evaluation).sides.blend.coverage;
    return { [`${name} 50 %`]: half.value, [`${name} 90 %`]: most.value };
  };
  const { verdicts } = evaluation.overall;
  if (verdicts === null) throw new Error('The blend answered nothing.');
  const { sure, likely } = verdicts;
  return {
    ...Object.assign({}, ...HALVES.map(held)),
    'sure %': sure.percent,
    'of these wrong %': sure.wrong_percent ?? 0,
    'likely %': likely.percent,
    'of them wrong %': likely.wrong_percent ?? 0,
    'gain, nats': tuning.gain.value,
  };
}

interface Gain {
  readonly row: string;
  readonly km: string;
  readonly points: number;
}

/** The fitted blend minus each other side, in points, by part, side and radius. */
function gainsOf({ evaluation }: PocketWorld): Gain[] {
  return HALVES.flatMap((name) =>
    figuresOf(name, evaluation)
      .differences.filter(({ of }) => of === 'blend')
      .flatMap(({ against, within_percent: within }) =>
        ['1', '25', '200', '750'].map((km) => ({ row: `${name}, ${against}`, km, points: within[km].value })),
      ),
  );
}

/** A row for each part and side: mean, interval and how many seeds lost. */
function overSeeds(seedsGains: Gain[][]): Record<string, Record<string, string>> {
  const rows: Record<string, Record<string, string>> = {};
  for (const [i, { row, km }] of seedsGains[0].entries()) {
    const points = seedsGains.map((gains) => gains[i].points);
    const mean = points.reduce((sum, x) => sum + x, 0) / points.length;
    const variance = points.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (points.length - 1);
    const half = STUDENT_975[points.length - 2] * Math.sqrt(variance / points.length);
    rows[row] ??= {};
    rows[row][`${km} km`] =
      `${mean.toFixed(2)} (${(mean - half).toFixed(2)} to ${(mean + half).toFixed(2)}), ${points.filter((x) => x < 0).length}`;
  }
  return rows;
}

function meanRow(some: Record<string, number>[]): Record<string, number> {
  const names = Object.keys(some[0]);
  return Object.fromEntries(names.map((name) => [name, some.reduce((sum, row) => sum + row[name], 0) / some.length]));
}
