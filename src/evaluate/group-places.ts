import type { GeoPoint } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import { chordSquared, kmToChordSquared, type SpherePoint, toSphere } from '../geo/sphere.js';

/**
 * Photos by places of the given reach: in the order of their ids a photo that lies farther than `reachKm` from every place so
 * far founds one, then each belongs to the place whose founder is nearest. A lone town is one place; the cells of a grid could
 * cut it.
 *
 * @returns for each photo the index of its place's founder; it does not depend on the order of the photos
 */
export function groupPlaces(
  photos: readonly { readonly id: string; readonly truth: GeoPoint }[],
  reachKm: number,
): number[] {
  const at = photos.map(({ truth }) => toSphere(truth));
  const founders = new FounderGrid(Math.sqrt(kmToChordSquared(reachKm)));
  const byId = [...photos.keys()].sort((a, b) => ((photos[a]?.id ?? '') < (photos[b]?.id ?? '') ? -1 : 1));
  for (const i of byId) {
    const point = present(at[i]);
    if (founders.nearest(point) === undefined) founders.add(point, i);
  }
  return at.map((point) => present(founders.nearest(point)));
}

/** Founders by cubes whose sides are the reach: what lies within it is in the same cube or in one of 26 around. */
class FounderGrid {
  readonly #cubes = new Map<string, { readonly point: SpherePoint; readonly photo: number }[]>();

  readonly #reach: number;

  constructor(reach: number) {
    this.#reach = reach;
  }

  add(point: SpherePoint, photo: number): void {
    const key = this.#cubeOf(point).join(' ');
    const cube = this.#cubes.get(key);
    if (cube === undefined) this.#cubes.set(key, [{ point, photo }]);
    else cube.push({ point, photo });
  }

  /** The photo that founded the nearest place within reach, the earlier one of two as near; undefined for none. */
  nearest(point: SpherePoint): number | undefined {
    const [x, y, z] = this.#cubeOf(point);
    let found: number | undefined;
    let least = this.#reach ** 2;
    for (const dx of [-1, 0, 1]) {
      for (const dy of [-1, 0, 1]) {
        for (const dz of [-1, 0, 1]) {
          for (const founder of this.#cubes.get(`${x + dx} ${y + dy} ${z + dz}`) ?? []) {
            const chord2 = chordSquared(point, founder.point);
            if (chord2 > least || (chord2 === least && found !== undefined)) continue;
            found = founder.photo;
            least = chord2;
          }
        }
      }
    }
    return found;
  }

  #cubeOf(point: SpherePoint): [x: number, y: number, z: number] {
    const at = (axis: 0 | 1 | 2) => Math.floor(point[axis] / this.#reach);
    return [at(0), at(1), at(2)];
  }
}
