import type { GeoPoint } from '../../domain/geo-point.js';
import { present } from '../../domain/present.js';
import { distanceKm } from '../../geo/distance.js';

interface Fix {
  readonly ms: number;
  readonly point: GeoPoint;
}

const HALF_HOUR_MS = 1_800_000;
/** Zones are 14 hours from UTC at most. */
const HALF_HOURS_MAX = 28;
const DAY_MS = 86_400_000;
/** How near in time a photo of the same author has to be. */
const NEAR_MS = 600_000;
/** A clock that leads back to the same spot explains nothing. */
const APART_KM = 1;

/** Where authors were when, by the positions and times of all their photos: where a clock that is off leads to. */
export class Tracks {
  /** What clocks are off by: forgotten zones, in half hours, and a wrong day. */
  readonly offsetsMs: readonly number[] = [
    ...Array.from({ length: 2 * HALF_HOURS_MAX + 1 }, (_, i) => (i - HALF_HOURS_MAX) * HALF_HOUR_MS).filter(
      (ms) => ms !== 0,
    ),
    ...[DAY_MS, -DAY_MS],
  ];
  readonly #byAuthor = new Map<string, Fix[]>();
  #sorted = false;

  add(author: string | null, ms: number | null, point: GeoPoint): void {
    if (author === null || ms === null) return;
    const fixes = this.#byAuthor.get(author);
    if (fixes === undefined) this.#byAuthor.set(author, [{ ms, point }]);
    else fixes.push({ ms, point });
    this.#sorted = false;
  }

  /** Where an author was by a clock that is off by this; null where nobody knows, and where that is the same spot. */
  at(author: string | null, ms: number | null, offsetMs: number): GeoPoint | null {
    if (author === null || ms === null) return null;
    const fixes = this.#fixes(author);
    const there = nearest(fixes, ms + offsetMs);
    const here = nearest(fixes, ms);
    if (there === null || here === null || distanceKm(there, here) < APART_KM) return null;
    return there;
  }

  #fixes(author: string): readonly Fix[] {
    if (!this.#sorted) for (const fixes of this.#byAuthor.values()) fixes.sort((a, b) => a.ms - b.ms);
    this.#sorted = true;
    return this.#byAuthor.get(author) ?? [];
  }
}

function nearest(fixes: readonly Fix[], ms: number): GeoPoint | null {
  let [low, high] = [0, fixes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (present(fixes[middle]).ms < ms) low = middle + 1;
    else high = middle;
  }
  const near = [fixes[low - 1], fixes[low]].flatMap((fix) => fix ?? []);
  const [first] = near.sort((a, b) => Math.abs(a.ms - ms) - Math.abs(b.ms - ms));
  return first !== undefined && Math.abs(first.ms - ms) <= NEAR_MS ? first.point : null;
}
