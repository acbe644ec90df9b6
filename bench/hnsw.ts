// npm run bench:hnsw -- [--size 100000] [--dimension 512] [--queries 200] [--seed 1] [--json]
// The graph against its exact twin on clustered vectors: build rate, recall and time for several breadths (ef), and the
// ratio of their times. Text-to-image recall is measured on its own: its queries lie in another cone than the points.
// Times are CPU time of this process, so that what else runs on the machine does not count.
import { parseArgs } from 'node:util';
import { seededRandom } from '../dist/domain/seeded-random.js';
import { ExactIndex, type SlotIndex } from '../dist/references/embedded/exact-index.js';
import { GraphIndex } from '../dist/references/embedded/graph-index.js';
import { GRAPH_EF, GRAPH_EF_CONSTRUCTION, GRAPH_M } from '../dist/references/embedded/load-graph.js';
import type { Hit } from '../dist/references/embedded/nearest-slots.js';
import { PointGraph } from '../dist/references/embedded/point-graph.js';
import { ReferenceTable } from '../dist/references/embedded/reference-table.js';
import { vectorToBytes } from '../dist/references/embedded/stored-vector.js';
import { normal } from './normal.js';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '100000' },
    dimension: { type: 'string', default: '512' },
    queries: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const size = Number(values.size);
const dimension = Number(values.dimension);
const queryCount = Number(values.queries);
const say = values.json ? () => {} : console.log;

const random = seededRandom(Number(values.seed));
const clusters = Array.from({ length: Math.ceil(size / 50) }, () => gaussian(1));
const imageCone = gaussian(1.2);
const textCone = gaussian(1.2);

say(
  `${size} vectors of ${dimension} dimensions in ${clusters.length} clusters, M ${GRAPH_M}, efConstruction ${GRAPH_EF_CONSTRUCTION}`,
);
const graph = PointGraph.create({ dimension, m: GRAPH_M, efConstruction: GRAPH_EF_CONSTRUCTION });
const table = new ReferenceTable(graph);
for (let i = 0; i < size; i++) {
  const facts = { lat: 0, lon: 0, sequence: null, author: null, iso2: null, captured_ms: null };
  const id =
    Math.floor(random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0') + i.toString(16).padStart(20, '0');
  table.add({ label: i + 1, id, ...facts }, vectorToBytes(member(imageCone, i % clusters.length)));
}
const exact = new ExactIndex(table);
const index = new GraphIndex(table, { ef: GRAPH_EF, bruteForceMax: 0 });
const building = cpuMs(() => {
  while (!index.addPending(30_000)) say(`  ${graph.count} of ${size}`);
});
const buildPerSecond = Math.round((1000 * size) / building.ms);
say(`build: ${buildPerSecond} points/s`);
const tables = {
  'image to image': measure('image to image', imageCone),
  'text to image': measure('text to image', textCone),
};
const passed = Object.values(tables).every(
  ({ rows }) => (rows.find(({ k, ef }) => k === 100 && ef === GRAPH_EF)?.recall_at_10 ?? 0) >= 0.99,
);
say(`\nrecall@10 at ef ${GRAPH_EF}: ${passed ? 'at least' : 'NOT'} 0.99`);
if (values.json) {
  const report = { size, dimension, build_per_second: buildPerSecond, default_ef: GRAPH_EF, tables, passed };
  console.log(JSON.stringify(report));
}
process.exit(passed ? 0 : 1);

type Found = (readonly Hit[])[];

function measure(name: string, cone: Float32Array) {
  const queries = Array.from({ length: queryCount }, () => member(cone, Math.floor(random() * clusters.length)));
  const search = (k: number, from: SlotIndex, ef?: number) => {
    const found: Found = [];
    const { ms } = cpuMs(() => {
      for (const query of queries) found.push(from.search(query, { k, filter: null, ef }));
    });
    return { found, ms: ms / queries.length };
  };
  search(100, index, 100);
  const truth = search(100, exact);
  const rows = [];
  for (const [k, ef] of [
    [100, 100],
    [100, 200],
    [100, 400],
    [100, 600],
    [100, 800],
    [400, 400],
    [1000, 1000],
  ]) {
    const { found, ms } = search(k, index, ef);
    rows.push({
      k,
      ef,
      recall_at_10: recall(found, truth.found, 10),
      recall_at_100: recall(found, truth.found, 100),
      ms: round(ms),
      exact_over_graph: round(truth.ms / ms),
    });
  }
  say(`\n${name}: exact twin ${round(truth.ms)} ms a query`);
  if (!values.json) console.table(rows);
  return { exact_ms: round(truth.ms), rows };
}

/** A unit vector of a cone: its direction, its cluster's, and noise of its own. */
function member(cone: Float32Array, cluster: number): Float32Array {
  const centre = clusters[cluster];
  const vector = gaussian(0.7);
  let squared = 0;
  for (let i = 0; i < dimension; i++) {
    vector[i] += cone[i] + centre[i];
    squared += vector[i] ** 2;
  }
  const scale = 1 / Math.sqrt(squared);
  return vector.map((value) => value * scale);
}

function gaussian(deviation: number): Float32Array {
  return Float32Array.from({ length: dimension }, () => deviation * normal(random));
}

function recall(found: Found, truth: Found, k: number): number {
  let hits = 0;
  let wanted = 0;
  truth.forEach((best, q) => {
    const slots = new Set(found[q].slice(0, k).map((hit) => hit.slot));
    for (const hit of best.slice(0, k)) {
      wanted++;
      if (slots.has(hit.slot)) hits++;
    }
  });
  return Math.round((10_000 * hits) / wanted) / 10_000;
}

function cpuMs(work: () => void): { ms: number } {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1000 };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
