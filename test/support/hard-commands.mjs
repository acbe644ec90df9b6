// The commands that write, on the smallest inputs, for hard-faults.mjs: each may be done again after it was cut short, and then
// comes to the same. Uses the build.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { addModel } from '../../dist/clip/import/add-model.js';
import { removeModel } from '../../dist/clip/import/stage-model.js';
import { EvidenceCache } from '../../dist/collection/audit/evidence-cache.js';
import { keepAudit, keptAudit } from '../../dist/collection/audit/kept-audit.js';
import { copyCollection } from '../../dist/collection/copy-collection.js';
import { LookCache } from '../../dist/collection/duplicates/look-cache.js';
import { exportIndex } from '../../dist/collection/export/export-index.js';
import { parseLabelSet } from '../../dist/collection/label-set.js';
import { LabelStore } from '../../dist/collection/labels/label-store.js';
import { drawSample, samplesOf } from '../../dist/collection/labels/samples.js';
import { Collection } from '../../dist/collection/open-collection.js';
import { population } from '../../dist/collection/population.js';
import { learnSet } from '../../dist/collection/probes/learn-set.js';
import { heldOutOf, probeStamp, readProbe } from '../../dist/collection/probes/probe.js';
import { taggerOf } from '../../dist/collection/probes/tagger-of.js';
import { tagIndex } from '../../dist/collection/tags/tag-index.js';
import { Tags } from '../../dist/collection/tags/tags.js';
import { StreetdexError } from '../../dist/domain/errors.js';
import { seededRandom } from '../../dist/domain/seeded-random.js';
import { toUnitVector } from '../../dist/domain/unit-vector.js';
import { textContent, VectorCache } from '../../dist/evaluate/vector-cache.js';
import { importGeonames } from '../../dist/gazetteer/import-geonames.js';
import { wasImported } from '../../dist/gazetteer/import-note.js';
import { openGazetteer } from '../../dist/gazetteer/open-gazetteer.js';
import { DEFAULT_PROFILE } from '../../dist/locate/blend-profile.js';
import { readProfile, writeProfile } from '../../dist/locate/profile-file.js';
import { findingsFile } from '../../dist/references/beside-index.js';
import { copyIndex } from '../../dist/references/copy-index.js';
import { openCaptionSet } from '../../dist/references/embedded/caption-store.js';
import { EmbeddedStore } from '../../dist/references/embedded/embedded-store.js';
import { openReader, openWriter } from '../../dist/references/embedded/open-index.js';
import { mergeIndexes } from '../../dist/references/merge-indexes.js';

const MODEL = { modelId: 'a'.repeat(64), modelName: 'test/model', dimension: 32 };
const NEXT = { modelId: 'b'.repeat(64), modelName: 'test/next', dimension: 32 };
const BYTES = Buffer.alloc(300_000, 7);
/** Of one photo, so that rewriting it changes nothing that the state shows. */
const AT = '2024-05-01T12:00:00.000Z';
const MODEL_NAME = 'someone/clip';
const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), '..', 'fixtures');

const SET = parseLabelSet(
  {
    ...{ format: 'streetdex-label-set', version: 1, id: 'ground', title: 'Ground', subject: 'the ground' },
    ...{ taxonomy: { source: 'a test', licence: 'CC0' }, kind: 'exclusive', zero_shot: true, known: 'Nothing.' },
    labels: ['sand', 'grass', 'unclear'].map((name) => ({
      ...{ name, meaning: name, sentences: [`A photo of ${name}.`] },
      ...(name === 'unclear' ? { cannot_be_seen: true } : {}),
    })),
  },
  'a test',
);

const fakeModel = {
  info: { id: MODEL.modelId, logitScale: 100 },
  embedTexts: async (texts) => texts.map((text) => vectorOf(text.length)),
};

function vectorOf(i) {
  const own = seededRandom(i * 7919 + 1);
  return toUnitVector(Array.from({ length: 32 }, () => own() - 0.5));
}

function referenceOf(i, sha256 = createHash('sha256').update(`photo ${i}`).digest('hex')) {
  const own = seededRandom(i * 104_729 + 2);
  const point = { lat: own() * 170 - 85, lon: own() * 360 - 180 };
  const facts = { headingDeg: null, altitudeM: null, capturedAt: null, author: `a${i % 8}`, sequence: null };
  const more = { licence: null, attribution: null, url: null, iso2: null, width: 640, height: 480, bytes: 1000 + i };
  return { id: sha256.slice(0, 32), sha256, point, ...facts, ...more };
}

function sourceOf(i, { point, bytes }, root = '/photos') {
  const state = { bytes, mtimeMs: 1.7e12 + i, ctimeMs: null, inode: null };
  return { root, path: `${i}.jpg`, ...state, point, factsHash: 'x', origin: null };
}

async function put(folder, from, to, root) {
  const writer = await openWriter(folder, MODEL);
  try {
    writer.transaction((tx) => {
      for (let i = from; i < to; i++) {
        const reference = referenceOf(i);
        tx.put(reference, vectorOf(i));
        tx.putSource(reference.id, sourceOf(i, reference, root));
      }
    });
    await writer.checkpoint();
  } finally {
    await writer.close();
  }
}

const store = (folder, name = 'index') => new EmbeddedStore(join(folder, name));
const collectionOf = (folder) => new Collection(join(folder, 'index'));
/** What lies beside the folder of a case and is only read. */
const beside = (folder) => join(dirname(folder), 'faults-inputs');

const elsewhere = (folder) => join(beside(folder), 'elsewhere');

/** Everything that a case begins with. */
export async function prepare(folder) {
  const inputs = beside(folder);
  mkdirSync(join(inputs, 'photos'), { recursive: true });
  mkdirSync(elsewhere(folder));
  await put(join(folder, 'index'), 0, 60);
  // Of these, a third are still there, and some are known by another root too.
  await put(join(folder, 'index'), 100, 112, join(inputs, 'photos'));
  await put(join(folder, 'index'), 102, 108);
  for (let i = 100; i < 104; i++) writeFileSync(join(inputs, 'photos', `${i}.jpg`), 'x');
  mkdirSync(join(folder, 'index', 'files', 'ab'), { recursive: true });
  writeFileSync(join(folder, 'index', 'files', 'ab', 'orphan.jpg'), 'x');
  await put(join(folder, 'other'), 40, 70);
  const collection = collectionOf(folder);
  const labelled = Array.from({ length: 60 }, (_, i) => ({
    ...{ id: referenceOf(i).id, labels: [i % 2 === 0 ? 'sand' : 'grass'], chosen: 'given', sample: null },
  }));
  new LabelStore(collection).put(SET.id, labelled);
  collection.close();
  for (const [name, rows] of Object.entries({
    'cities15000.txt': [
      [1, 'Here', 'Here', '', 48.2, 16.4, 'P', 'PPLC', 'AT', '', '09', '', '', '', 9e5, '', 10, 'x', 'y'],
    ],
    'admin1CodesASCII.txt': [['AT.09', 'Vienna', 'Vienna', 2761367]],
    'countryInfo.txt': [
      [
        'AT',
        'AUT',
        '040',
        'AU',
        'Austria',
        'Here',
        83858,
        8847037,
        'EU',
        '',
        '',
        '',
        '',
        '',
        '',
        'de',
        2782113,
        '',
        '',
      ],
    ],
  }))
    writeFileSync(join(inputs, name), `${rows.map((row) => row.join('\t')).join('\n')}\n`);
  const checkpoint = join(inputs, 'checkpoint');
  mkdirSync(checkpoint, { recursive: true });
  for (const name of ['gelu-eos/config.json', 'gelu-eos/model.safetensors', 'vocab.json', 'merges.txt'])
    writeFileSync(join(checkpoint, name.split('/').at(-1)), readFileSync(join(FIXTURES, 'clip-import', name)));
  writeFileSync(
    join(checkpoint, 'preprocessor_config.json'),
    JSON.stringify({
      ...{ size: { shortest_edge: 32 }, crop_size: { height: 32, width: 32 }, resample: 3 },
      ...{ image_mean: [0.48, 0.46, 0.41], image_std: [0.27, 0.26, 0.28] },
    }),
  );
  // A model of the same name is there already, and is replaced.
  mkdirSync(join(folder, 'models', ...MODEL_NAME.split('/')), { recursive: true });
  writeFileSync(join(folder, 'models', ...MODEL_NAME.split('/'), 'config.json'), '{}');
}

/** The fewest pictures and captions that precisions are compared with. */
async function modelSamples() {
  const pictures = Array.from({ length: 44 }, (_, i) =>
    sharp({ create: { width: 40, height: 32, channels: 3, background: { r: 5 * i, g: 250 - 5 * i, b: 90 } } })
      .png()
      .toBuffer(),
  );
  const captions = Array.from({ length: 40 }, (_, i) => ({ text: `A photo in place ${i}.`, country: i < 20 }));
  return { pictures: await Promise.all(pictures), provenance: 'made up', captions };
}

async function withCollection(folder, work) {
  const collection = collectionOf(folder);
  const reader = await openReader(join(folder, 'index'));
  try {
    return await work({ collection, reader, model: async () => fakeModel });
  } finally {
    collection.close();
    await reader.close();
  }
}

export const COMMANDS = {
  ingest: (folder) => put(join(folder, 'index'), 60, 80),
  upload: async (folder) => {
    const writer = await openWriter(join(folder, 'index'), MODEL);
    try {
      const sha256 = createHash('sha256').update(BYTES).digest('hex');
      await writer.keepFile(BYTES, 'jpg');
      writer.transaction((tx) => tx.put(referenceOf(900, sha256), vectorOf(900)));
      await writer.checkpoint();
    } finally {
      await writer.close();
    }
  },
  'index rebuild': (folder) => store(folder).maintenance.rebuild(),
  'index remap': (folder) => store(folder).maintenance.remap('/photos', elsewhere(folder)).catch(unlessDone()),
  'index remap into a root': (folder) =>
    store(folder)
      .maintenance.remap('/photos', join(beside(folder), 'photos'))
      .catch(unlessDone()),
  'index prune': (folder) => store(folder).maintenance.prune(),
  'index backup': (folder) => store(folder).maintenance.backup(join(folder, 'backup')).catch(unlessDone()),
  'index copy': async (folder) => {
    await copyIndex({ from: store(folder), to: store(folder, 'copy'), names: { from: 'a', to: 'b' } });
    await copyCollection(join(folder, 'index'), join(folder, 'copy'));
  },
  'index merge': (folder) =>
    mergeIndexes({
      from: ['index', 'other'].map((name) => ({ store: store(folder, name), name })),
      ...{ to: store(folder, 'copy'), into: 'copy' },
    }),
  'index subset': (folder) =>
    copyIndex({
      ...{ from: store(folder), to: store(folder, 'copy'), names: { from: 'a', to: 'b' } },
      filter: { author: ['a1', 'a2'] },
    }),
  'index reembed': async (folder) => {
    const next = await store(folder).maintenance.reembed(NEXT);
    try {
      const missing = next.missing(0, 1000);
      next.put(missing.map(({ id }, i) => ({ id, vector: vectorOf(2000 + i) })));
      if (next.current.modelId !== NEXT.modelId) next.switchOver([]);
      await next.buildGraph();
    } finally {
      await next.close();
    }
  },
  'reference delete': (folder) => store(folder).maintenance.remove([referenceOf(3).id, referenceOf(4).id]),
  tune: async (folder) => writeProfile(join(folder, 'index'), DEFAULT_PROFILE),
  captions: async (folder) => {
    const captions = Array.from({ length: 100 }, (_, i) => ({
      ...{ id: `place:${i}`, level: 'city', text: `A photo of place ${i}.` },
    }));
    const set = await openCaptionSet(join(folder, 'captions'), {
      ...{ modelId: MODEL.modelId, gazetteerHash: 'g', templates: { country: ['{}'], region: ['{}'], city: ['{}'] } },
      captions: () => captions,
      embed: async (texts) => texts.map((text) => vectorOf(text.length + Number(text.match(/\d+/)?.[0] ?? 0))),
    });
    await set.close();
  },
  'gazetteer import': (folder) => importGeonames(beside(folder), join(folder, 'data', 'gazetteer.sqlite')),
  'model add': (folder) =>
    addModel({
      ...{ what: join(beside(folder), 'checkpoint'), name: MODEL_NAME, precision: 'fp32' },
      ...{ modelsFolder: join(folder, 'models'), downloadsFolder: join(folder, 'downloads') },
      hub: { endpoint: 'http://127.0.0.1:9' },
      samples: modelSamples,
    }),
  'model remove': (folder) => removeModel(join(folder, 'models'), MODEL_NAME).catch(unlessDone()),
  tag: (folder) =>
    withCollection(folder, async ({ collection, reader }) => {
      await tagIndex([taggerOf(SET, collection, reader.modelId, fakeModel)], { collection, reader });
    }),
  'probe train': (folder) => withCollection(folder, (parts) => learnSet(SET, parts, true)),
  'share label': (folder) =>
    withCollection(folder, async ({ collection, reader }) => {
      const photos = await population(reader, undefined);
      const { ids } = drawSample(collection, SET.id, { photos, filter: undefined, n: 10, seed: 1 });
      const labelled = ids.map((id) => ({ id, labels: ['unclear'], chosen: 'random', sample: 1 }));
      new LabelStore(collection).put(SET.id, labelled);
    }),
  findings: async (folder) => {
    const file = findingsFile(join(folder, 'index'));
    const looks = LookCache.open(file);
    try {
      const thumbnail = { aspect: 1, sharp: { pixels: new Float32Array(120 * 120), side: 120 } };
      looks.putLooks([1, 2].map((i) => ({ id: referenceOf(i).id, thumbnail })));
      looks.putPairs([{ a: looks.numberOf(referenceOf(1).id), b: looks.numberOf(referenceOf(2).id), same: true }]);
    } finally {
      looks.close();
    }
    const cache = new EvidenceCache(file, 'stamp');
    try {
      cache.put([[referenceOf(1).id, { groups: Float32Array.of(1, 2, 1), countries: Float32Array.of(1) }]]);
    } finally {
      cache.close();
    }
    const { id, point } = referenceOf(1);
    keepAudit(file, { audited_at: AT }, [{ id, stated: point }]);
  },
  'evaluate’s vectors': async (folder) => {
    const cache = new VectorCache(join(folder, 'data'), MODEL.modelId, 32);
    try {
      cache.put([{ content: textContent('a'), vector: vectorOf(1) }]);
    } finally {
      cache.close();
    }
  },
  export: (folder) =>
    withCollection(folder, ({ reader }) =>
      exportIndex({
        ...{ index: { reader }, format: 'csv', file: join(folder, 'photos.csv'), filter: {}, join: [] },
        withVectors: true,
      }),
    ),
};

/** Nothing is left to be done of what was whole before it was cut short; the state tells. */
function unlessDone() {
  return (error) => {
    const done = /^(root_not_found|target_not_empty|model_not_found)$/;
    if (!(error instanceof StreetdexError) || !done.test(error.code)) throw error;
  };
}

async function answers(of) {
  if (!existsSync(of)) return null;
  const report = await new EmbeddedStore(of).maintenance.verify();
  const reader = await openReader(of, { bruteForceMax: 0 });
  try {
    const found = [report.ok, report.problems, report.graph.state, readProfile(of)];
    for (const i of [1, 2, 3]) found.push(await reader.neighbours(vectorOf(50_000 + i), { k: 5 }));
    found.push((await reader.list({ limit: 200 })).references, await reader.counts());
    found.push(await said(new Collection(of), reader));
    return found;
  } finally {
    await reader.close();
  }
}

/** Labels, samples, tags and the probe, without the times at which they were made. */
async function said(collection, reader) {
  try {
    const samples = (await samplesOf(collection, SET.id, reader)).map(({ ids, photos }) => `${photos} ${ids}`);
    const table = new Tags(collection).tableIfAny(SET.id, reader.modelId);
    const tags = table?.columns.map((column) => [...column]) ?? null;
    const probe = readProbe(collection, SET.id, reader.modelId);
    const { trained_at, checksum, ...rest } = probe ?? {};
    const heldOut = probe === null ? [] : [...heldOutOf(collection, SET.id, probeStamp(probe))];
    return [new LabelStore(collection).of(SET.id), [...new Set(samples)], tags, rest, heldOut];
  } finally {
    collection.close();
  }
}

/** Names and sums of a folder's files, but for what has a time in it. */
function filesOf(folder) {
  if (!existsSync(folder)) return null;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.lock.sqlite') && !entry.name.endsWith('.lock'))
    .map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      const bytes = readFileSync(file);
      if (name !== 'streetdex.json')
        return [file.slice(folder.length), createHash('sha256').update(bytes).digest('hex')];
      const { added_at, measured, ...card } = JSON.parse(bytes);
      return [file.slice(folder.length), card];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

async function findings(folder) {
  const file = findingsFile(join(folder, 'index'));
  if (!existsSync(file)) return null;
  const looks = LookCache.open(file);
  const cache = new EvidenceCache(file, 'stamp');
  try {
    const evidence = cache.get(referenceOf(1).id);
    const groups = evidence === null ? null : [...evidence.groups, ...evidence.countries];
    const all = new Map([[referenceOf(1).id, referenceOf(1)]]);
    return [looks.count(), looks.copies(), groups, await keptAudit(file, { getMany: async () => all }, 10)];
  } finally {
    looks.close();
    cache.close();
  }
}

function gazetteer(folder) {
  const file = join(folder, 'data', 'gazetteer.sqlite');
  if (!existsSync(file)) return null;
  const places = openGazetteer({ file });
  try {
    return [places.hash, places.stats().cities, places.search('Here'), wasImported(file)];
  } finally {
    places.close();
  }
}

function vectors(folder) {
  if (!existsSync(join(folder, 'data', 'vectors.sqlite'))) return null;
  const cache = new VectorCache(join(folder, 'data'), MODEL.modelId, 32);
  try {
    return [...(cache.vector(textContent('a')) ?? [])];
  } finally {
    cache.close();
  }
}

/** What a folder says to its users, and which files were left that nobody needs. */
export async function stateOf(folder) {
  const left = readdirSync(folder, { recursive: true }).filter((name) =>
    /tmp-|\.new$|\.replaced$|\.part$|building/.test(name),
  );
  const csv = join(folder, 'photos.csv');
  return JSON.stringify([
    ...[
      await answers(join(folder, 'index')),
      await answers(join(folder, 'copy')),
      await answers(join(folder, 'backup')),
    ],
    ...[filesOf(join(folder, 'models')), gazetteer(folder), vectors(folder), await findings(folder)],
    ...[existsSync(csv) ? readFileSync(csv, 'utf8') : null, left],
  ]);
}
