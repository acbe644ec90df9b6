import type { Verdict } from '../api/types.js';
import { present as checked } from '../domain/present.js';
import { type Continent, continentOf } from '../geo/continents.js';
import { kmToChordSquared } from '../geo/sphere.js';
import type { Located } from './judge.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** How near an answer can say where it was, the finest first: within 25 km, within 200 km, the country. */
export const VERDICT_LEVELS = ['town', 'region', 'country'] as const;
export type VerdictLevel = (typeof VERDICT_LEVELS)[number];
/** What an answer may name: a level that is checked, or the continent, or nothing. */
export type NamedLevel = Verdict['level'];

/** What a town and a region reach. Regions are distances: a state of Russia is as large as all of Europe. */
export const LEVEL_KM = { town: 25, region: 200 } as const;

/** Probability of the truth lying with the answer: within 25 and 200 km, in its country, on its continent. */
export interface RollUp {
  readonly town: number;
  readonly region: number;
  /** 0 where the answer is in no country, as is `continent`. */
  readonly country: number;
  readonly continent: number;
  readonly iso2: string | null;
  readonly continentCode: Continent | null;
}

/** Sums of the posterior over the support, about the answer. */
export function rollUp({
  support,
  posterior,
  candidates,
}: Pick<Located, 'support' | 'posterior' | 'candidates'>): RollUp {
  const { points, chordSquared, iso2 } = support;
  const at = candidates[0]?.at ?? 0;
  const own = iso2[at] ?? null;
  const continentCode = continentOf(own);
  const [town, region] = [kmToChordSquared(LEVEL_KM.town), kmToChordSquared(LEVEL_KM.region)];
  const sums = { town: 0, region: 0, country: 0, continent: 0 };
  for (let j = 0, row = at * points.length; j < points.length; j++, row++) {
    const mass = present(posterior.probability[j]);
    const chord2 = present(chordSquared[row]);
    const country = iso2[j] ?? null;
    if (chord2 <= town) sums.town += mass;
    if (chord2 <= region) sums.region += mass;
    if (own !== null && country === own) sums.country += mass;
    if (continentCode !== null && continentOf(country) === continentCode) sums.continent += mass;
  }
  return { ...sums, iso2: own, continentCode };
}

/** A level is named from this probability on. */
const NAMED_MIN = 0.8;

/**
 * The finest level that at least 0.8 of the probability agrees on; towns and regions only where the index covers the
 * photo: else their mass says how few places there are to choose from.
 */
export function namedLevel(masses: RollUp, covered: boolean | null): NamedLevel {
  const named = (level: NonNullable<NamedLevel>) => masses[level] >= NAMED_MIN;
  if (covered === true && named('town')) return 'town';
  if (covered === true && named('region')) return 'region';
  if (named('country')) return 'country';
  return named('continent') ? 'continent' : null;
}

/** Whether an answer that names this level is wrong; the countries are null at sea. */
export function isWrong(
  level: VerdictLevel,
  {
    errorKm,
    answered,
    truth,
  }: { readonly errorKm: number; readonly answered: string | null; readonly truth: string | null },
): boolean {
  return level === 'country' ? answered === null || answered !== truth : errorKm > LEVEL_KM[level];
}
