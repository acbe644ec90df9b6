// The scenes of bench:uneven with their vectors.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { App } from '../dist/app.js';
import type { ClipModel } from '../dist/clip/clip-model.js';
import type { GeoPoint } from '../dist/domain/geo-point.js';
import type { UnitVector } from '../dist/domain/unit-vector.js';
import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import { renderDescribed } from '../dist/pocket-world/render-scene.js';
import type { Scene } from '../dist/pocket-world/scene.js';
import type { TownSplit } from '../dist/pocket-world/split.js';
import type { Town } from '../dist/pocket-world/town.js';
import { driverOf, planScene } from '../dist/pocket-world/world.js';
import { vectorToBytes } from '../dist/references/embedded/stored-vector.js';
import { readVectors } from './read-vectors.js';

const TOWNS = 100;
const REFERENCES = 8;
export const FOREIGN = 75;
export const ASKED = 2;
const REENCODED = 60;

interface Planned {
  readonly id: string;
  readonly cluster: string;
  readonly n: number;
  readonly author: string;
  readonly truth: GeoPoint;
  readonly scene: Scene;
  /** Encoded anew. */
  readonly again?: boolean;
}

export interface EmbeddedScene extends Planned {
  readonly vector: UnitVector;
}

/** Of one seed, with so many of the one other town; from the folder where their vectors are kept already. */
export async function embedScenes(app: App, seed: string, dense: number, folder?: string) {
  const draw = (count: number, split: TownSplit) => chooseTowns({ count, seed: `uneven ${seed}`, splits: [split] });
  const [other, ...towns] = draw(TOWNS + 1, 'index');
  const plan = (some: Town[], count: number, lot: string): Planned[] =>
    some.flatMap((town) =>
      Array.from({ length: count }, (_, n) => {
        const { point: truth, scene } = planScene(town, n, `uneven ${lot} ${seed}`);
        return { id: `${lot} ${seed} ${town.id} ${n}`, cluster: town.id, n, author: driverOf(town, n), truth, scene };
      }),
    );
  const world = plan(towns, REFERENCES, 'world');
  const step = Math.floor(world.length / REENCODED);
  const lots = {
    world,
    dense: plan([other], dense, 'dense'),
    indexed: plan(towns, ASKED, 'query'),
    foreign: plan(draw(FOREIGN, 'fresh'), ASKED, 'query'),
    reencoded: Array.from({ length: REENCODED }, (_, i) => ({ ...world[i * step], again: true })),
  };
  const file = folder && join(folder, `uneven-${seed}-${dense}.f32`);
  const model = await app.model();
  const all = Object.values(lots).flat();
  let vectors: UnitVector[] = [];
  if (file && existsSync(file)) vectors = readVectors(file, model.info.dimension);
  else {
    process.stderr.write(`seed ${seed}: rendering and embedding ${all.length} scenes …\n`);
    for (let first = 0; first < all.length; first += 32)
      vectors.push(...(await Promise.all(all.slice(first, first + 32).map((one) => embed(model, one)))));
    if (file) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, Buffer.concat(vectors.map(vectorToBytes)));
    }
  }
  let next = 0;
  const taken = (lot: Planned[]): EmbeddedScene[] => lot.map((one) => ({ ...one, vector: vectors[next++] }));
  return {
    world: taken(lots.world),
    dense: taken(lots.dense),
    indexed: taken(lots.indexed),
    foreign: taken(lots.foreign),
    reencoded: taken(lots.reencoded),
  };
}

async function embed(model: ClipModel, { scene, again }: Planned): Promise<UnitVector> {
  const rendered = await renderDescribed(scene);
  const bytes = again ? await sharp(rendered).resize({ width: 480 }).jpeg({ quality: 75 }).toBuffer() : rendered;
  const { tensor } = await model.prepare(bytes, { wait: true });
  return (await model.encode(tensor, { wait: true })).vector;
}
