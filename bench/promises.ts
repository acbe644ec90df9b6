// What fitting and calibrating promise, on simulated worlds whose truth is known: `npm run bench:promises -- [--seed N]`.
//
//   --seed N     of everything drawn (a number; drawn itself by default)
//   --runs N     repetitions of each line (200)
//
// Each table has the construction of before beside that of now. `clusters`: how wide the intervals are where photos of a
// town depend on each other and its authors are many. `circles`: what the 50 and the 90 % circle hold of a new author's
// photos, overall and of indexed and unindexed places. `confidence`: how often a threshold is found, what it accepts, and
// how often its risk is above the wanted one. `intervals`: how often the printed interval of coverage holds 50 %.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { seededRandom } from '../dist/domain/seeded-random.js';
import { calibrateProfile } from '../dist/evaluate/calibrate/calibrate-profile.js';
import { clopperPearsonWithin } from '../dist/evaluate/calibrate/clopper-pearson.js';
import { widestSpread } from '../dist/evaluate/calibrate/verdict-spreads.js';
import { widenRadii } from '../dist/evaluate/calibrate/widen-radii.js';
import { calibrationBins } from '../dist/evaluate/circle-bins.js';
import { circleCoverage } from '../dist/evaluate/circle-coverage.js';
import { ClusterBootstrap } from '../dist/evaluate/cluster-bootstrap.js';
import { clusterPhotos } from '../dist/evaluate/cluster-photos.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000_000)) },
    runs: { type: 'string', default: '200' },
  },
});
const runs = Number(values.runs);
type Answer = ReturnType<typeof authors>[number];
const random = seededRandom(Number(values.seed));
const exponential = () => -Math.log(1 - random());
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const mean = (some: number[]) => some.reduce((a, b) => a + b, 0) / some.length;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

console.log(`seed ${values.seed}, ${runs} runs a line`);
console.log(
  '\nclusters: towns of 8 photos by 4 authors; all are right in half of the towns. True sd of the mean by town.',
);
console.table(clusters());
console.log('\ncircles: percent held of new authors, who count alike');
console.table(circles());
console.log('\nconfidence: risk wanted 10 %');
console.table(confidence());
console.log('\nintervals: how often the 95 % interval of the 50 % circle’s coverage holds what was promised');
console.table(intervals());

function clusters() {
  const towns = 60;
  const widths: Record<'before' | 'now', number[]> = { before: [], now: [] };
  const means: number[] = [];
  for (let run = 0; run < Math.min(runs, 100); run++) {
    const photos = times(towns, (t) => {
      const right = random() < 0.5;
      return times(8, (n) => {
        const truth = { lat: -50 + 2 * (t % 50), lon: 3 * Math.floor(t / 50) + 0.02 * n };
        return { id: `${t} ${n}`, truth, author: `${t} ${n % 4}`, sequence: null, right: right ? 100 : 0 };
      });
    }).flat();
    const hits = photos.map((photo) => photo.right);
    means.push(mean(hits));
    for (const [name, rule] of [
      ['before', 'author'],
      ['now', 'place'],
    ] as const) {
      const { low, high } = new ClusterBootstrap(clusterPhotos(photos, rule), run, 400).mean(hits);
      widths[name].push(high - low);
    }
  }
  const middle = mean(means);
  const sd = Math.sqrt(mean(means.map((one) => (one - middle) ** 2)));
  return Object.fromEntries(
    Object.entries(widths).map(([name, some]) => [
      name,
      { 'interval is wide, points': mean(some).toFixed(1), 'should be': (2 * 1.96 * sd).toFixed(1) },
    ]),
  );
}

/** Authors of 1 to 5 photos, or, where `prolific`, half of them of 30 easy ones; ε_r tells mostly which place is indexed. */
function authors(count: number, prolific: boolean) {
  return times(count, (c) => {
    const many = prolific && c % 2 === 0;
    const indexed = many || random() < (prolific ? 0.2 : 0.5);
    return times(many ? 30 : 1 + Math.floor(random() * 5), (i) => {
      const hard = many ? i === 0 : !indexed;
      const spread = Math.min(1, random() * 0.6 + (hard ? 0.4 : 0));
      const radius50Km = 5 + 300 * random();
      const errorKm = (hard ? 3 : 0.4) * (0.5 + spread) * radius50Km * exponential();
      const notIndexed = random() < 0.95 === hard ? 1 - 0.1 * random() : 0.1 * random();
      const part: 'unindexed' | 'indexed' = hard ? 'unindexed' : 'indexed';
      return {
        ...{ level: null, wrong: false },
        ...{ id: `${c} ${i}`, cluster: `${c}`, part, spread, notIndexed, errorKm },
        ...{ radius50Km, radius90Km: 2 * radius50Km },
      };
    });
  }).flat();
}

/** As before: bins of spread, one per 400 queries, each author weighing 1 within the bin. */
function calibrateBefore(answers: Answer[], fitted: Answer[]) {
  const count = Math.min(5, Math.max(1, Math.floor(answers.length / 400)));
  const sorted = fitted.map(({ spread }) => spread).sort((a, b) => a - b);
  const edges = times(count - 1, (i) => sorted[Math.floor(((i + 1) * sorted.length) / count)]);
  const binOf = ({ spread }: Answer) => edges.filter((edge) => spread > edge).length;
  const factors = (share: number, radius: 'radius50Km' | 'radius90Km') =>
    times(count, (b) => {
      const own = answers.filter((answer) => binOf(answer) === b);
      const sizes = sizesOf(own);
      let held = 0;
      for (const answer of own.sort((x, y) => x.errorKm / x[radius] - y.errorKm / y[radius])) {
        held += 1 / (sizes.get(answer.cluster) ?? 0);
        if (held >= share * (sizes.size + 1) - 1e-9) return answer.errorKm / answer[radius];
      }
      return 20_015;
    });
  const [half, most] = [factors(0.5, 'radius50Km'), factors(0.9, 'radius90Km')];
  return (answer: Answer) => ({
    ...answer,
    radius50Km: answer.radius50Km * half[binOf(answer)],
    radius90Km: answer.radius90Km * most[binOf(answer)],
  });
}

function circles() {
  const rows: Record<string, object> = {};
  for (const prolific of [false, true]) {
    for (const count of [50, 100, 200, 600]) {
      const found = { before: newTally(), now: newTally() };
      for (let run = 0; run < Math.max(10, Math.round((runs * 50) / count)); run++) {
        const [answers, fitted, fresh] = [authors(count, prolific), authors(count, prolific), authors(200, prolific)];
        tally(found.before, fresh.map(calibrateBefore(answers, fitted)));
        const calibration = calibrateProfile(answers, fitted)?.calibration ?? null;
        tally(
          found.now,
          fresh.map((answer) => widenRadii(answer, calibration)),
        );
      }
      for (const [name, { all, indexed, unindexed }] of Object.entries(found)) {
        const shown = ([half, most, sum]: number[]) => `${percent(half / sum)} ${percent(most / sum)}`;
        rows[`${count} authors${prolific ? ', half prolific' : ''}, ${name}`] = {
          overall: shown(all),
          indexed: shown(indexed),
          unindexed: shown(unindexed),
        };
      }
    }
  }
  return rows;
}

function newTally() {
  return { all: [0, 0, 0], indexed: [0, 0, 0], unindexed: [0, 0, 0] };
}

function sizesOf(answers: readonly { readonly cluster: string }[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { cluster } of answers) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  return sizes;
}

function tally(into: ReturnType<typeof newTally>, answers: Answer[]) {
  const sizes = sizesOf(answers);
  for (const { cluster, part, errorKm, radius50Km, radius90Km } of answers) {
    const weight = 1 / (sizes.get(cluster) ?? 0);
    for (const sums of [into.all, into[part]]) {
      if (errorKm <= radius50Km) sums[0] += weight;
      if (errorKm <= Math.max(radius50Km, radius90Km)) sums[1] += weight;
      sums[2] += weight;
    }
  }
}

/** As before: from the fewest that would do without an error, answer by answer, to the first failure. */
function confidentBefore(answers: { spread: number; wrong: boolean }[], risk: number): number | null {
  const sorted = answers.toSorted((a, b) => a.spread - b.spread);
  const least = Math.ceil(Math.log(0.05) / Math.log1p(-risk));
  let errors = 0;
  let upTo: number | null = null;
  for (const [i, { wrong, spread }] of sorted.entries()) {
    if (wrong) errors++;
    if (i + 1 < least) continue;
    if (!clopperPearsonWithin(errors, i + 1, risk)) break;
    upTo = spread;
  }
  return upTo;
}

function confidence() {
  const chances: Record<string, (u: number) => number> = {
    'grows as spread/3': (u) => u / 3,
    'grows as its square': (u) => (0.25 / 0.3) * u * u,
    '4 %, then 40 %': (u) => (u < 0.5 ? 0.04 : 0.4),
    '10.1 % everywhere': () => 0.101,
  };
  const rows: Record<string, object> = {};
  for (const [world, chance] of Object.entries(chances)) {
    const riskAt = (upTo: number) => mean(times(200, (i) => chance((upTo * (i + 0.5)) / 200)));
    const oracle = Math.max(0, ...times(101, (i) => i / 100).filter((upTo) => riskAt(upTo) <= 0.1));
    for (const count of [130, 260, 600]) {
      const found: Record<'before' | 'now', (number | null)[]> = { before: [], now: [] };
      for (let run = 0; run < runs; run++) {
        const answers = times(count, (i) => {
          const spread = random();
          return { id: `${i}`, cluster: `${i}`, spread, wrong: random() < chance(spread) };
        });
        found.before.push(confidentBefore(answers, 0.1));
        found.now.push(widestSpread(answers, 0.1).spread);
      }
      for (const [name, upTos] of Object.entries(found)) {
        rows[`${world}, ${count} authors, ${name}`] = {
          'no threshold': percent(upTos.filter((upTo) => upTo === null).length / runs),
          accepted: percent(mean(upTos.map((upTo) => upTo ?? 0))),
          oracle: percent(oracle),
          'risk above': percent(upTos.filter((upTo) => upTo !== null && riskAt(upTo) > 0.1).length / runs),
        };
      }
    }
  }
  return rows;
}

function intervals() {
  const rows: Record<string, string> = {};
  for (const count of [100, 300]) {
    const inside = { before: 0, now: 0 };
    const repeats = Math.min(runs, 100);
    for (let run = 0; run < repeats; run++) {
      const calibrated = calibrateProfile(authors(count, false), authors(count, false));
      if (calibrated === null) throw new Error(`${count} authors are too few.`);
      const { calibration } = calibrated;
      const answers = authors(300, false).map((answer) => widenRadii(answer, calibration));
      const bins = calibrationBins(calibration);
      const bootstrap = new ClusterBootstrap(
        answers.map(({ cluster }) => cluster),
        run,
        400,
      );
      for (const [name, own] of [
        ['before', bins.map((bin) => ({ ...bin, draws50: [], draws90: [] }))],
        ['now', bins],
      ] as const) {
        const { low, high } = circleCoverage(answers, own, bootstrap).per_author.circle_50_percent;
        if (low <= 50 + 50 / count && high >= 50) inside[name]++;
      }
    }
    for (const [name, held] of Object.entries(inside)) rows[`${count} authors, ${name}`] = percent(held / repeats);
  }
  return rows;
}
