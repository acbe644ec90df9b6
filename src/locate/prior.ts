import type { GeoPoint } from '../domain/geo-point.js';
import type { Place } from '../domain/place.js';
import { present as checked } from '../domain/present.js';
import { EARTH_AREA_KM2, kmToChordSquared, type SpherePoint, toSphere } from '../geo/sphere.js';
import { vmfKernel } from '../geo/von-mises-fisher.js';
import { negativeExponential } from './negative-exponential.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const CITY_SHARE = 0.9;
const POPULATION_EXPONENT = 0.5;
const SIGMA_KM = 50;
/** Beyond it all cities together add less than 1e-9 of the uniform part. */
const REACH_KM = 9 * SIGMA_KM;
const CACHE_MAX = 200_000;

/**
 * Where street-level photos are taken before one has seen any: p_0(x) = 0.9 Σ_cities pop^0.5 K(x; city, 50 km), the
 * weights summing to 1, + 0.1/(4πR²), per km². Computed once per point.
 */
export class Prior {
  readonly #kernel = vmfKernel(SIGMA_KM);
  /** x, y, z and weight of each city, ordered by cell. */
  readonly #cities: Float64Array;
  readonly #cells = new Map<number, readonly [start: number, end: number]>();
  /** By latitude, then longitude. */
  readonly #known = new Map<number, Map<number, number>>();
  #knownCount = 0;
  readonly #reach = kmToChordSquared(REACH_KM);
  /** Cubes wide enough that what is in reach lies in a cube or one next to it. */
  readonly #perAxis = Math.floor(2 / Math.sqrt(this.#reach));

  constructor(cities: readonly Place[]) {
    const roots = cities.map((city) => Math.max(0, city.population) ** POPULATION_EXPONENT);
    const sum = roots.reduce((a, b) => a + b, 0);
    const placed = cities
      .map((city, i) => {
        const at = toSphere(city.point);
        return { at, weight: sum === 0 ? 0 : present(roots[i]) / sum, cell: this.#cell(at) };
      })
      .filter((city) => city.weight > 0)
      .sort((a, b) => a.cell - b.cell);
    this.#cities = Float64Array.from(placed.flatMap(({ at, weight }) => [...at, weight]));
    placed.forEach(({ cell }, i) => {
      this.#cells.set(cell, [this.#cells.get(cell)?.[0] ?? i, i + 1]);
    });
  }

  /** p_0 at a point, per km². */
  density(point: GeoPoint): number {
    const known = this.#known.get(point.lat)?.get(point.lon);
    if (known !== undefined) return known;
    const density = this.#compute(point);
    this.#keep(point, density);
    return density;
  }

  #keep(point: GeoPoint, density: number): void {
    if (this.#knownCount++ >= CACHE_MAX) {
      this.#known.clear();
      this.#knownCount = 1;
    }
    const row = this.#known.get(point.lat);
    if (row !== undefined) row.set(point.lon, density);
    else this.#known.set(point.lat, new Map([[point.lon, density]]));
  }

  #compute(point: GeoPoint): number {
    const at = toSphere(point);
    const [x, y, z] = at;
    const { logPeak, halfKappa } = this.#kernel;
    const cities = this.#cities;
    const reach = this.#reach;
    let sum = 0;
    for (const cell of this.#around(at)) {
      const range = this.#cells.get(cell);
      if (range === undefined) continue;
      for (let i = range[0] * 4, end = range[1] * 4; i < end; i += 4) {
        const dx = present(cities[i]) - x;
        const dy = present(cities[i + 1]) - y;
        const dz = present(cities[i + 2]) - z;
        const chord2 = dx * dx + dy * dy + dz * dz;
        if (chord2 < reach) sum += present(cities[i + 3]) * negativeExponential(halfKappa * chord2);
      }
    }
    return CITY_SHARE * Math.exp(logPeak) * sum + (1 - CITY_SHARE) / EARTH_AREA_KM2;
  }

  #axis(value: number): number {
    return Math.min(this.#perAxis - 1, Math.floor(((value + 1) / 2) * this.#perAxis));
  }

  #cell(at: SpherePoint): number {
    const n = this.#perAxis;
    return (this.#axis(at[0]) * n + this.#axis(at[1])) * n + this.#axis(at[2]);
  }

  /** The cubes at and next to a point. */
  #around(at: SpherePoint): number[] {
    const n = this.#perAxis;
    const from = (value: number) => Math.max(0, this.#axis(value) - 1);
    const to = (value: number) => Math.min(n - 1, this.#axis(value) + 1);
    const [x0, y0, z0, x1, y1, z1] = [from(at[0]), from(at[1]), from(at[2]), to(at[0]), to(at[1]), to(at[2])];
    const cells: number[] = [];
    for (let x = x0; x <= x1; x++) {
      for (let y = y0; y <= y1; y++) for (let z = z0; z <= z1; z++) cells.push((x * n + y) * n + z);
    }
    return cells;
  }
}
