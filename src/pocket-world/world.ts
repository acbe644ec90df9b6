import { mkdir, rename, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { csvRow } from '../domain/csv-row.js';
import type { GeoPoint } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import { wrapLon } from '../geo/box.js';
import { Random } from './random.js';
import { type RenderOptions, renderDescribed } from './render-scene.js';
import { describeScene } from './scene.js';
import type { Town } from './town.js';
import { planWalk } from './walk.js';
import type { WorldScene } from './world-scene.js';

export interface WorldOptions extends RenderOptions {
  readonly folder: string;
  readonly towns: readonly Town[];
  readonly scenesPerTown: number;
  /** Frames of each walk: every scene becomes a walk along its street. Without it scenes stand alone. */
  readonly framesPerWalk?: number;
  readonly seed: string;
  readonly onProgress?: (done: number, total: number) => void;
}

export const WORLD_LICENCE = 'CC0-1.0';
const COLUMNS = 'file,lat,lon,author,town,town_id,region,country,iso2,captured_at,heading,licence';
const JITTER_KM = 2;
const DRIVERS = 4;
const KM_PER_DEGREE = 111.2;

/**
 * Renders `scenesPerTown` scenes of every town to `images/<town id>-<n>.jpg` and, last, `manifest.csv`, atomically. Every town
 * has a few drivers (authors), as a real collection has; statistics count towns by `town_id`. The same options give the same
 * files.
 * @returns the scenes in the order of the manifest.
 */
export async function renderWorld(options: WorldOptions): Promise<readonly WorldScene[]> {
  const { folder, onProgress } = options;
  await mkdir(join(folder, 'images'), { recursive: true });
  const plans = planAll(options);
  const total = plans.length;
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < total) {
      const { file, scene } = present(plans[next++]);
      await writeFile(join(folder, file), await renderDescribed(scene, options));
      onProgress?.(++done, total);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 2 }, work));
  const manifest = join(folder, 'manifest.csv');
  await writeFile(
    `${manifest}.partial`,
    [options.framesPerWalk === undefined ? COLUMNS : `${COLUMNS},sequence`, ...plans.map(manifestRow), ''].join('\n'),
  );
  await rename(`${manifest}.partial`, manifest);
  return plans;
}

interface PlannedScene extends WorldScene {
  /** Number of the scene in its town. */
  readonly n: number;
  /** Name of its walk; null where it stands alone. */
  readonly sequence: string | null;
}

function planAll({ towns, scenesPerTown, framesPerWalk, seed }: WorldOptions): PlannedScene[] {
  return towns.flatMap((town) =>
    Array.from({ length: scenesPerTown }, (_, n) => n).flatMap((n): PlannedScene[] =>
      framesPerWalk === undefined
        ? [{ ...planScene(town, n, seed), n, sequence: null }]
        : planWalk(planScene(town, n, seed), framesPerWalk).map((frame) => ({
            ...frame,
            n,
            sequence: `walk ${n} of ${town.id}`,
          })),
    ),
  );
}

/** Scene number `n` of a town in a world: its contents, and its position within 2 km of the town's centre. */
export function planScene(town: Town, n: number, seed: string): WorldScene {
  return {
    file: `images/${town.id}-${n}.jpg`,
    point: scenePoint(town, n, seed),
    scene: describeScene(town, `${seed}/${n}`),
  };
}

/**
 * Position in a square inside the disc of 2 km around the town's centre, by the R2 sequence (Roberts 2018, a Kronecker sequence
 * of the plastic number) from a random start: evenly spread, so that no two references of a world share a place. Seven
 * decimals.
 */
function scenePoint(town: Town, n: number, seed: string): GeoPoint {
  const random = new Random(`streetdex pocket point ${town.id} ${seed}`);
  const side = JITTER_KM * Math.SQRT2;
  const northKm = (((random.next() + n * 0.7548776662466927) % 1) - 0.5) * side;
  const eastKm = (((random.next() + n * 0.5698402909980532) % 1) - 0.5) * side;
  const lat = town.lat + northKm / KM_PER_DEGREE;
  const lon = town.lon + eastKm / (KM_PER_DEGREE * Math.cos((town.lat * Math.PI) / 180));
  return { lat: Number(lat.toFixed(7)), lon: Number(wrapLon(lon).toFixed(7)) };
}

function manifestRow({ file, point, scene, n, sequence }: PlannedScene): string {
  const { town, camera, capturedAt } = scene;
  const fields = [
    file,
    point.lat,
    point.lon,
    driverOf(town, n),
    town.name,
    town.id,
    town.region ?? '',
    town.country,
    town.iso2,
    capturedAt,
    camera.headingDeg,
    WORLD_LICENCE,
    ...(sequence === null ? [] : [sequence]),
  ];
  return csvRow(fields);
}

/** Author of scene `n` of a town. */
export function driverOf(town: Town, n: number): string {
  return `driver ${(n % DRIVERS) + 1} of ${town.name} ${town.id}`;
}
