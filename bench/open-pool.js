// A world of embed-world.js as an index that can be asked, for benches of what comes after the model.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { referenceId } from '../dist/domain/reference.js';
import { Locator } from '../dist/locate/locator.js';
import { openReader, openWriter } from '../dist/references/embedded/open-index.js';
import { referenceOf } from './pocket-scenes.js';

/** Its scenes, each with its vector and the place (`at`) where it stands in the file. */
export function loadPool(pool) {
  const { meta, scale } = JSON.parse(readFileSync(`${pool}.json`, 'utf8'));
  const all = new Float32Array(new Uint8Array(readFileSync(`${pool}.f32`)).buffer);
  const dim = all.length / meta.length;
  return { scale, items: meta.map((one, at) => ({ ...one, at, vector: all.slice(at * dim, (at + 1) * dim) })) };
}

/** Makes an index of these scenes in a folder of its own. */
export async function openIndex(app, folder, references, scale) {
  const gazetteer = await app.gazetteer();
  const { info } = await app.model();
  const writer = await openWriter(folder, { modelId: info.id, modelName: info.name, dimension: info.dimension });
  writer.transaction((tx) => {
    for (const { at, point, author, vector } of references) {
      tx.put(referenceOf(contentOf(at), { point, author }, gazetteer), vector);
    }
  });
  await writer.checkpoint();
  await writer.close();
  const reader = await openReader(folder);
  return { reader, locator: new Locator(reader, await app.captions(), gazetteer, scale) };
}

/** The id that the scene has in an index. */
export function idOf({ at }) {
  return referenceId(createHash('sha256').update(contentOf(at)).digest('hex'));
}

/** The scenes that are asked about; a town is indexed where it has one of the references. */
export function queriesOf(items, references) {
  const indexed = new Set(references.map(({ town }) => town));
  return items
    .filter(({ kind }) => kind === 'query')
    .map(({ at, town, n, point, vector }) => {
      const part = indexed.has(town) ? 'indexed' : 'unindexed';
      const none = { filter: {}, sha256: null, file: null };
      return { at, id: `${town} ${n}`, truth: point, cluster: town, part, vector, ...none };
    });
}

/** For a fit: the queries of one town weigh 1 together. */
export function weighed(asked) {
  const size = new Map();
  for (const { query } of asked) size.set(query.cluster, (size.get(query.cluster) ?? 0) + 1);
  return asked.map((one) => ({ ...one, weight: 1 / size.get(one.query.cluster) }));
}

/** Stands for the scene's bytes. */
const contentOf = (at) => `scene ${at}`;
