import type { GeoPoint } from '../../domain/geo-point.js';
import { present } from '../../domain/present.js';
import { wrapLon } from '../../geo/box.js';
import type { PlaceEvidence } from './evidence.js';
import { bestPlace, type CountryOrder, placeFit, type Spot } from './place-fit.js';
import type { Tracks } from './tracks.js';

/** What may have happened to a position. `elsewhere`: nothing that is known here. */
export type Mistake = 'sign' | 'swapped' | 'shifted' | 'clock' | 'elsewhere';

/** A photo whose stated place is in doubt. */
export interface Doubted {
  readonly stated: Spot;
  readonly evidence: PlaceEvidence;
  readonly author: string | null;
  /** Milliseconds since 1970; null where unknown. */
  readonly capturedMs: number | null;
}

export interface NamedMistake {
  readonly mistake: Mistake;
  /** For each photo where it may have been taken; null where no place fits much better than the stated one. */
  readonly suggested: readonly (GeoPoint | null)[];
  /** How many times as well the suggested places fit, in the geometric mean; null where there are none. */
  readonly ratio: number | null;
}

export interface MistakeGround {
  readonly order: CountryOrder;
  readonly tracks: Tracks;
  countryAt(point: GeoPoint): string | null;
}

/** Least times as well that a suggestion fits. */
const RATIO_MIN = 10;
/**
 * A mistake that explains itself is preferred to another that fits up to so many times as well: a sign or a clock leads to few
 * places, a shift to any for one photo of a walk, `elsewhere` to any for each.
 */
const PREFERENCE: Readonly<Record<Mistake, number>> = { sign: 10, swapped: 10, clock: 10, shifted: 3, elsewhere: 1 };
const WALK_PHOTOS_MIN = 3;
const SHIFTS_TRIED = 8;

type Moved = (photo: Doubted) => GeoPoint | null;

/** Photos of one walk, or one alone: what happened to all of them together. */
export function nameMistake(photos: readonly Doubted[], ground: MistakeGround): NamedMistake {
  const logFit = (moved: Moved): number | null => {
    let sum = 0;
    for (const photo of photos) {
      const point = moved(photo);
      if (point === null) return null;
      sum += Math.log(placeFit(photo.evidence, { point, iso2: ground.countryAt(point) }, ground.order));
    }
    return sum / photos.length;
  };
  const statedFit =
    photos.reduce((sum, { evidence, stated }) => sum + Math.log(placeFit(evidence, stated, ground.order)), 0) /
    photos.length;
  const best = photos.map(({ evidence }) => bestPlace(evidence, ground.order, ground.countryAt)?.point ?? null);
  const bestOf = new Map(photos.map((photo, i) => [photo, best[i] ?? null]));
  const elsewhere: Moved = (photo) => bestOf.get(photo) ?? null;
  const tried = [...explanations(photos, best, ground), { mistake: 'elsewhere' as const, moved: elsewhere }].flatMap(
    ({ mistake, moved }) => {
      const fit = logFit(moved);
      return fit === null || fit - statedFit < Math.log(RATIO_MIN) ? [] : [{ mistake, moved, fit }];
    },
  );
  const worth = ({ mistake, fit }: (typeof tried)[number]) => fit + Math.log(PREFERENCE[mistake]);
  const [chosen] = tried.sort((a, b) => worth(b) - worth(a));
  if (chosen === undefined) return { mistake: 'elsewhere', suggested: photos.map(() => null), ratio: null };
  const { mistake, moved, fit } = chosen;
  return { mistake, suggested: photos.map(moved), ratio: Math.exp(fit - statedFit) };
}

function explanations(
  photos: readonly Doubted[],
  best: readonly (GeoPoint | null)[],
  { tracks }: MistakeGround,
): { readonly mistake: Mistake; readonly moved: Moved }[] {
  const turned =
    (lat: number, lon: number): Moved =>
    ({ stated: { point } }) => ({
      lat: lat * point.lat,
      lon: lon * point.lon,
    });
  const swapped: Moved = ({ stated: { point } }) =>
    Math.abs(point.lon) <= 90 ? { lat: point.lon, lon: point.lat } : null;
  const shifts =
    photos.length < WALK_PHOTOS_MIN ? [] : best.slice(0, SHIFTS_TRIED).map((to, i) => shift(photos[i], to));
  return [
    ...[turned(-1, 1), turned(1, -1), turned(-1, -1)].map((moved) => ({ mistake: 'sign' as const, moved })),
    { mistake: 'swapped', moved: swapped },
    ...tracks.offsetsMs.map((offsetMs) => ({
      mistake: 'clock' as const,
      moved: ({ author, capturedMs }: Doubted) => tracks.at(author, capturedMs, offsetMs),
    })),
    ...shifts.map((moved) => ({ mistake: 'shifted' as const, moved })),
  ];
}

/** By as many degrees as bring one photo to where it fits best. */
function shift(photo: Doubted | undefined, to: GeoPoint | null): Moved {
  const from = present(photo).stated.point;
  return ({ stated: { point } }) => {
    if (to === null) return null;
    const lat = point.lat + to.lat - from.lat;
    return Math.abs(lat) > 90 ? null : { lat, lon: wrapLon(point.lon + to.lon - from.lon) };
  };
}
