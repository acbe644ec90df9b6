// What benches of the pocket world share: scenes, their vectors, an index of them, and queries about them.
import { createHash } from 'node:crypto';
import { referenceId } from '../dist/domain/reference.js';
import { renderDescribed } from '../dist/pocket-world/render-scene.js';
import { driverOf, planScene } from '../dist/pocket-world/world.js';

const AT_ONCE = 64;

/** `count` scenes of each town, town by town. */
export function* scenesOf(towns, count, seed) {
  for (const town of towns) for (let n = 0; n < count; n++) yield { town, n, ...planScene(town, n, seed) };
}

/** Renders and embeds, some 64 scenes at a time, so that no core waits. */
export async function* embedded(app, scenes) {
  const model = await app.model('throughput');
  const one = async ({ scene, ...rest }) => {
    const bytes = await renderDescribed(scene);
    const { tensor, width, height } = await model.prepare(bytes, { wait: true });
    const { vector } = await model.encode(tensor, { wait: true });
    return { ...rest, bytes, vector, width, height };
  };
  let lot = [];
  for (const scene of scenes) {
    lot.push(one(scene));
    if (lot.length < AT_ONCE) continue;
    yield await Promise.all(lot);
    lot = [];
  }
  yield await Promise.all(lot);
}

/** A reference whose bytes, or what stands for them, have this hash. */
export function referenceOf(content, { point, author, width = 640, height = 480 }, gazetteer) {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const unknown = { headingDeg: null, altitudeM: null, capturedAt: null, sequence: null };
  const none = { licence: null, attribution: null, url: null };
  const facts = { point, author, ...unknown, ...none, iso2: gazetteer.countryAt(point) };
  return { id: referenceId(sha256), sha256, width, height, bytes: content.length, ...facts };
}

/** Puts scenes into the app's index. */
export async function indexScenes(app, scenes) {
  const gazetteer = await app.gazetteer();
  await app.withWriter(
    async (writer) => {
      for await (const lot of embedded(app, scenes)) {
        writer.transaction((tx) => {
          for (const { town, n, point, bytes, vector, width, height } of lot) {
            tx.put(referenceOf(bytes, { point, author: driverOf(town, n), width, height }, gazetteer), vector);
          }
        });
      }
      await writer.checkpoint();
    },
    { buildAhead: true },
  );
}

/** Queries about scenes; a town is a cluster. */
export async function queriesAbout(app, scenes, part) {
  const queries = [];
  for await (const lot of embedded(app, scenes)) {
    for (const { town, n, point, vector } of lot) {
      const id = `${town.id} ${n}`;
      queries.push({ id, truth: point, cluster: town.id, part, vector, filter: {}, sha256: null, file: null });
    }
  }
  return queries;
}
