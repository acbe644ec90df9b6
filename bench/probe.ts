// How long a probe takes: logistic regression with its strength chosen by cross-validation over groups.
//
//   npm run bench:probe -- [--labels 10000] [--dimension 768] [--classes 10]
//
// Vectors are unit ones about a middle for each class, in a narrow cone as CLIP's are; five photos are a group.
import { parseArgs } from 'node:util';
import { crossValidate } from '../dist/collection/statistics/cross-validate.js';
import { FeatureMatrix } from '../dist/collection/statistics/feature-matrix.js';
import { judgeLabels } from '../dist/collection/statistics/judge-labels.js';
import { seededRandom } from '../dist/domain/seeded-random.js';
import { normal } from './normal.js';

const { values } = parseArgs({
  options: {
    labels: { type: 'string', default: '10000' },
    dimension: { type: 'string', default: '768' },
    classes: { type: 'string', default: '10' },
  },
});
const [labels, dimension, classes] = [values.labels, values.dimension, values.classes].map(Number) as [
  number,
  number,
  number,
];
const random = seededRandom(1);
const draw = (spread: number) =>
  Float64Array.from({ length: dimension }, () => (spread * normal(random)) / Math.sqrt(dimension));
const cone = draw(1);
const middles = Array.from({ length: classes }, () => draw(0.12));
const rows = new Float32Array(labels * dimension);
const classOf = Int32Array.from({ length: labels }, () => Math.floor(random() * classes));
for (let i = 0; i < labels; i++) {
  const middle = middles[classOf[i] as number] as Float64Array;
  const vector = draw(1).map((x, f) => x + (cone[f] as number) + (middle[f] as number));
  const length = Math.hypot(...vector);
  rows.set(
    vector.map((x) => x / length),
    i * dimension,
  );
}
const groups = Array.from({ length: labels }, (_, i) => `g${Math.floor(i / 5)}`);

const started = performance.now();
const cpu = process.cpuUsage();
const probe = crossValidate(new FeatureMatrix(rows, dimension), classOf, classes, groups, 1);
const fitted = performance.now();
const { user } = process.cpuUsage(cpu);
const judged = judgeLabels(probe.heldOut, classOf, classes, groups, 1);
const s = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
const { value, low, high } = judged.balancedAccuracy;
const percent = (x: number) => (100 * x).toFixed(1);
console.log(
  `${labels} labels x ${dimension} x ${classes} classes: ${s(started, fitted)} s (${(user / 1e6).toFixed(1)} s of processor time), judged in ${s(fitted, performance.now())} s`,
);
console.log(
  `c ${probe.c}, temperature ${probe.temperature.toFixed(2)}, balanced accuracy ${percent(value)} % (${percent(low)} to ${percent(high)})`,
);
