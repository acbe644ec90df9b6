// How long it takes to tag a large index, to draw the map of a label, and to narrow the index by one.
//
//   npm run bench:tag -- [--references 1000000] [--dimension 768] [--labels 20] [--folder DIR]
//
// An index without a graph is made in DIR where there is none yet (1,000,000 of 768 dimensions: 3.4 GB), and tagged twice, so that the
// second time its file is in memory; what is read is said, too.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Collection } from '../dist/collection/open-collection.js';
import { population } from '../dist/collection/population.js';
import { CellShares } from '../dist/collection/tags/cell-shares.js';
import { rankedPhotos } from '../dist/collection/tags/ranked-photos.js';
import type { Tagger } from '../dist/collection/tags/scorer.js';
import { tagIndex } from '../dist/collection/tags/tag-index.js';
import { LOG_ODDS, toLogOdds } from '../dist/collection/tags/tag-scale.js';
import { TagTable } from '../dist/collection/tags/tag-table.js';
import { Tags } from '../dist/collection/tags/tags.js';
import type { Reference } from '../dist/domain/reference.js';
import { seededRandom } from '../dist/domain/seeded-random.js';
import { toUnitVector } from '../dist/domain/unit-vector.js';
import { NO_FACTS } from '../dist/images/known-facts.js';
import { hasIndex } from '../dist/references/embedded/index-folder.js';
import { openReader, openWriter } from '../dist/references/embedded/open-index.js';

const { values } = parseArgs({
  options: {
    references: { type: 'string', default: '1000000' },
    dimension: { type: 'string', default: '768' },
    labels: { type: 'string', default: '20' },
    folder: { type: 'string' },
  },
});
const [count, dimension, labels] = [values.references, values.dimension, values.labels].map(Number) as [
  number,
  number,
  number,
];
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'streetdex-tag-'));
const model = { modelId: 'b'.repeat(64), modelName: 'bench', dimension };
const random = seededRandom(1);

try {
  if (!hasIndex(folder)) await timed('making the index', makeIndex);
  const reader = await openReader(folder, { lazy: true });
  const collection = new Collection(folder);
  const tagger = makeTagger();
  const file = statSync(join(folder, 'index.sqlite')).size / 2 ** 30;
  for (const stamp of ['once', 'again']) {
    await timed(
      `tagging ${count} x ${dimension} with ${labels} labels, ${stamp} (a file of ${file.toFixed(1)} GB)`,
      () => tagIndex([{ ...tagger, stamp }], { collection, reader }),
    );
  }
  await timed('the same command once more', () => tagIndex([{ ...tagger, stamp: 'again' }], { collection, reader }));
  const table = await timed('reading the tags', async () => TagTable.read(collection, 'bench', model.modelId));
  const photos = await timed('reading where photos lie', () => population(reader));
  const cells = await timed('their cells', async () => new CellShares(photos));
  const world = { west: -180, south: -90, east: 180, north: 90 };
  for (const resolution of [2, 4, 4, 6]) {
    await timed(`a map of shares, resolution ${resolution}`, async () =>
      cells.shares(table, 'label-3', { bbox: world, resolution }),
    );
  }
  const tags = new Tags(collection);
  await timed('how many are tagged', async () => tags.states(model.modelId));
  tags.table('bench', model.modelId);
  await timed('ids of a condition', async () => tags.narrow(undefined, ['bench:label-3>=0.9'], model.modelId));
  await timed('a page of those that have most', async () =>
    rankedPhotos(table, 'label-3', { order: 'most', among: null, limit: 50 }),
  );
  const filter = tags.narrow(undefined, ['bench:label-3>=0.9'], model.modelId);
  await timed('a list of them', () => reader.list({ limit: 50, ...(filter === undefined ? {} : { filter }) }));
  await reader.close();
  console.log(`resident ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB`);
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const made = await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${what}: ${seconds.toFixed(seconds < 1 ? 3 : 1)} s (${((user + system) / 1e6).toFixed(1)} s of processor time)`,
  );
  return made;
}

function makeTagger(): Tagger {
  const vectors = Array.from({ length: labels }, () => drawn());
  return {
    ...{ name: 'bench', kind: 'exclusive', madeBy: 'sentences', stamp: '' },
    labels: vectors.map((_, k) => `label-${k}`),
    scorer: async () => ({
      vectors,
      scale: LOG_ODDS,
      score: (products, scores) => {
        for (let k = 0; k < scores.length; k++) scores[k] = 100 * (products[k] as number);
        toLogOdds(scores);
      },
    }),
  };
}

function drawn() {
  return toUnitVector(Float32Array.from({ length: dimension }, () => random() + random() - 1));
}

async function makeIndex(): Promise<void> {
  const writer = await openWriter(folder, model);
  for (let from = 0; from < count; from += 10_000) {
    writer.transaction((tx) => {
      for (let i = from; i < Math.min(count, from + 10_000); i++) tx.put(reference(i), drawn());
    });
  }
  await writer.close();
}

/** In some thousand towns. */
function reference(i: number): Reference {
  const sha256 = i.toString(16).padStart(64, '0');
  const town = i % 3000;
  const point = {
    lat: ((town * 7919) % 120_000) / 1000 - 60 + random() / 10,
    lon: ((town * 104_729) % 340_000) / 1000 - 170 + random() / 10,
  };
  return {
    id: i.toString(16).padStart(32, '0'),
    sha256,
    ...NO_FACTS,
    point,
    iso2: null,
    width: 640,
    height: 480,
    bytes: 1000,
  };
}
