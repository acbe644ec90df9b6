// A pocket world in which some photos say a false place, for bench:audit.
import type { App } from '../dist/app.js';
import type { GeoPoint } from '../dist/domain/geo-point.js';
import type { UnitVector } from '../dist/domain/unit-vector.js';
import { wrapLon } from '../dist/geo/box.js';
import { distanceKm } from '../dist/geo/distance.js';
import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import { Random } from '../dist/pocket-world/random.js';
import { renderDescribed } from '../dist/pocket-world/render-scene.js';
import { planWalk } from '../dist/pocket-world/walk.js';
import { driverOf, planScene } from '../dist/pocket-world/world.js';
import type { WorldScene } from '../dist/pocket-world/world-scene.js';

/** How a photo comes to say a false place. */
export const KINDS = ['sign', 'swapped', 'zero', 'shifted', 'clock', 'elsewhere'] as const;
export type Kind = (typeof KINDS)[number];

export interface PlantedPhoto {
  readonly truth: GeoPoint;
  readonly stated: GeoPoint;
  /** null: it says where it was taken. */
  readonly kind: Kind | null;
  readonly author: string;
  readonly sequence: string | null;
  readonly capturedAt: string;
  readonly vector: UnitVector;
}

type Planned = Omit<PlantedPhoto, 'vector'> & { readonly scene: WorldScene['scene'] };

/** A mistake counts from here on. */
const FALSE_KM = 200;
/** Of the scenes, for each kind. */
const PLANTED_SHARE = 0.01;
/** Of the honest scenes. */
const WALK_SHARE = 0.04;
const FRAMES = 4;
const AT_ONCE = 64;
/** Hours between the towns of one driver's day, and what a clock of his is off by. */
const TOUR_HOURS = 4;

export async function plantedWorld(
  app: App,
  { seed, towns, scenes }: { readonly seed: string; readonly towns: number; readonly scenes: number },
): Promise<readonly PlantedPhoto[]> {
  const model = await app.model('throughput');
  const planned = plan(seed, towns, scenes);
  const photos: PlantedPhoto[] = [];
  for (let from = 0; from < planned.length; from += AT_ONCE) {
    const lot = planned.slice(from, from + AT_ONCE).map(async ({ scene, ...rest }) => {
      const { tensor } = await model.prepare(await renderDescribed(scene), { wait: true });
      return { ...rest, vector: (await model.encode(tensor, { wait: true })).vector };
    });
    photos.push(...(await Promise.all(lot)));
    process.stderr.write(`${photos.length} of ${planned.length} photos\r`);
  }
  return photos;
}

function plan(seed: string, count: number, scenes: number): Planned[] {
  const random = new Random(`streetdex bench audit ${seed}`);
  const towns = chooseTowns({ count, seed: `audit ${seed}`, splits: ['index', 'fresh'] });
  const all = towns.flatMap((town) => Array.from({ length: scenes }, (_, n) => ({ town, n })));
  const start = ({ town, n }: (typeof all)[number]) => planScene(town, n, `audit ${seed}`);
  const each = Math.max(3, Math.round(PLANTED_SHARE * all.length));
  const roles = new Map<number, Kind>();
  const draw = () => {
    for (;;) {
      const at = random.int(all.length);
      if (!roles.has(at)) return at;
    }
  };
  const planned = new Map<number, Planned[]>();
  const put = (at: number, walk: boolean, kind: Kind | null, stated: (point: GeoPoint) => GeoPoint, tour?: Tour) => {
    const { town, n } = all[at];
    const scene = start(all[at]);
    const frames = walk ? planWalk(scene, FRAMES) : [scene];
    const sequence = walk ? `walk ${n} of ${town.id}` : null;
    const from = tour === undefined ? 0 : tour.startMs - Date.parse(`${scene.scene.capturedAt}Z`);
    planned.set(
      at,
      frames.map((frame) => ({
        ...{ truth: frame.point, stated: stated(frame.point), kind, sequence, scene: frame.scene },
        author: tour?.driver ?? driverOf(town, n),
        capturedAt: new Date(Date.parse(`${frame.scene.capturedAt}Z`) + from).toISOString().slice(0, 19),
      })),
    );
  };
  for (const kind of KINDS) {
    for (let planted = 0; planted < each; ) {
      const at = draw();
      const { point } = start(all[at]);
      if (kind === 'clock') {
        planted += plantTour(at, planted);
        continue;
      }
      const other = start(all[random.int(all.length)]).point;
      const stated = mistakenly(kind, other, point, random);
      if (stated === null || distanceKm(point, stated(point)) < FALSE_KM) continue;
      roles.set(at, kind);
      put(at, kind === 'shifted', kind, stated);
      planted++;
    }
  }
  all.forEach((_, at) => {
    if (!roles.has(at)) put(at, random.next() < WALK_SHARE, null, (point) => point);
  });
  return [...planned].sort(([a], [b]) => a - b).flatMap(([, photos]) => photos);

  /** A driver's day in three towns by a clock that is ahead: each walk gets the track's position of some hours later. */
  function plantTour(first: number, number: number): number {
    const stops = [first, draw(), draw()];
    const points = stops.map((at) => start(all[at]).point);
    const legs = points.slice(1).map((point, i) => distanceKm(points[i], point));
    if (new Set(stops).size < 3 || legs.some((km) => km < FALSE_KM)) return 0;
    const driver = `driver on tour ${number}`;
    const morningMs = Date.parse('2022-06-01T08:00:00Z') + number * 86_400_000;
    stops.forEach((at, i) => {
      roles.set(at, 'clock');
      const tour = { driver, startMs: morningMs + i * TOUR_HOURS * 3_600_000 };
      const next = points[i + 1];
      if (next === undefined) put(at, true, null, (point) => point, tour);
      else put(at, true, 'clock', moved(points[i], next), tour);
    });
    return 2;
  }
}

interface Tour {
  readonly driver: string;
  readonly startMs: number;
}

/** null where this mistake changes nothing here. */
function mistakenly(kind: Kind, other: GeoPoint, { lat, lon }: GeoPoint, random: Random) {
  switch (kind) {
    case 'sign': {
      const flips = [(p: GeoPoint) => ({ ...p, lat: -p.lat }), (p: GeoPoint) => ({ ...p, lon: -p.lon })];
      return random.pick(flips);
    }
    case 'swapped':
      return Math.abs(lon) <= 90 ? (p: GeoPoint) => ({ lat: p.lon, lon: p.lat }) : null;
    case 'zero':
      return () => ({ lat: 0, lon: 0 });
    case 'shifted': {
      const km = random.range(250, 2000);
      const bearing = random.range(0, 2 * Math.PI);
      const north = (km / 111.2) * Math.cos(bearing);
      const east = ((km / 111.2) * Math.sin(bearing)) / Math.max(0.2, Math.cos((lat * Math.PI) / 180));
      if (Math.abs(lat + north) > 80) return null;
      return (p: GeoPoint) => ({ lat: p.lat + north, lon: wrapLon(p.lon + east) });
    }
    default:
      return () => other;
  }
}

function moved(from: GeoPoint, to: GeoPoint) {
  return (p: GeoPoint) => ({ lat: p.lat + to.lat - from.lat, lon: wrapLon(p.lon + to.lon - from.lon) });
}
