// What benches of the pocket world share: scenes, their vectors, an index of them, and queries about them.
import { createHash } from 'node:crypto';
import type { App } from '../dist/app.js';
import type { ModelInfo } from '../dist/clip/clip-model.js';
import type { GeoPoint } from '../dist/domain/geo-point.js';
import { type Reference, referenceId } from '../dist/domain/reference.js';
import type { UnitVector } from '../dist/domain/unit-vector.js';
import type { EvaluationQuery } from '../dist/evaluate/evaluation-query.js';
import type { Gazetteer } from '../dist/gazetteer/gazetteer.js';
import { renderDescribed } from '../dist/pocket-world/render-scene.js';
import type { Town } from '../dist/pocket-world/town.js';
import { driverOf, planScene } from '../dist/pocket-world/world.js';
import type { WorldScene } from '../dist/pocket-world/world-scene.js';
import type { IndexModel } from '../dist/references/reader.js';
import { writeIndex } from './write-index.js';

const AT_ONCE = 64;

interface TownScene extends WorldScene {
  readonly town: Town;
  readonly n: number;
}

interface Embedded extends Omit<TownScene, 'scene'> {
  readonly bytes: Buffer;
  readonly vector: UnitVector;
  readonly width: number;
  readonly height: number;
}

/** `count` scenes of each town, town by town. */
export function* scenesOf(towns: readonly Town[], count: number, seed: string): Generator<TownScene> {
  for (const town of towns) for (let n = 0; n < count; n++) yield { town, n, ...planScene(town, n, seed) };
}

/** Renders and embeds, some 64 scenes at a time, so that no core waits. */
async function* embedded(app: App, scenes: Iterable<TownScene>): AsyncGenerator<Embedded[]> {
  const model = await app.model('throughput');
  const one = async ({ scene, ...rest }: TownScene) => {
    const bytes = await renderDescribed(scene);
    const { tensor, width, height } = await model.prepare(bytes, { wait: true });
    const { vector } = await model.encode(tensor, { wait: true });
    return { ...rest, bytes, vector, width, height };
  };
  let lot: Promise<Embedded>[] = [];
  for (const scene of scenes) {
    lot.push(one(scene));
    if (lot.length < AT_ONCE) continue;
    yield await Promise.all(lot);
    lot = [];
  }
  yield await Promise.all(lot);
}

/** A reference whose bytes, or what stands for them, have this hash. */
export function referenceOf(
  content: string | Buffer,
  { point, author, width = 640, height = 480 }: { point: GeoPoint; author: string; width?: number; height?: number },
  gazetteer: Gazetteer,
): Reference {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const unknown = { headingDeg: null, altitudeM: null, capturedAt: null, sequence: null };
  const none = { licence: null, attribution: null, url: null };
  const facts = { point, author, ...unknown, ...none, iso2: gazetteer.countryAt(point) };
  return { id: referenceId(sha256), sha256, width, height, bytes: content.length, ...facts };
}

/** What an index of the model's vectors says of it. */
export function indexModel({ id: modelId, name: modelName, dimension }: ModelInfo): IndexModel {
  return { modelId, modelName, dimension };
}

/** Makes an index of scenes. */
export async function indexScenes(app: App, index: string, scenes: Iterable<TownScene>): Promise<void> {
  const gazetteer = await app.gazetteer();
  const { info } = await app.model('throughput');
  const lots = async function* () {
    for await (const lot of embedded(app, scenes)) {
      yield lot.map(({ town, n, point, bytes, vector, width, height }) => {
        const reference = referenceOf(bytes, { point, author: driverOf(town, n), width, height }, gazetteer);
        return [reference, vector] as const;
      });
    }
  };
  await writeIndex(index, { ...indexModel(info), buildAhead: true }, lots());
}

/** Queries about scenes; a town is a cluster. */
export async function queriesAbout(app: App, scenes: Iterable<TownScene>, part: string): Promise<EvaluationQuery[]> {
  const queries: EvaluationQuery[] = [];
  for await (const lot of embedded(app, scenes)) {
    for (const { town, n, point, vector } of lot) {
      const id = `${town.id} ${n}`;
      queries.push({ id, truth: point, cluster: town.id, part, vector, filter: {}, sha256: null, file: null });
    }
  }
  return queries;
}
