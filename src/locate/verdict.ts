import type { NearestPlace, Verdict } from '../api/types.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import { CONTINENT_NAMES } from '../geo/continents.js';
import type { BlendProfile } from './blend-profile.js';
import type { Located } from './judge.js';
import { LEVEL_KM, type NamedLevel, namedLevel, type RollUp, rollUp, type VerdictLevel } from './roll-up.js';
import { round } from './round.js';

/** Most wrong answers in a hundred, with 95 % confidence. */
export const RISKS = { sure: 0.05, likely: 0.2 } as const;

/**
 * How far an answer can be relied on. `sure` and `likely` are what `tune` found: of answers that name this level and are
 * no more spread out, at most 5 and 20 % are wrong at it, for a photo of the next author, with 95 % confidence.
 */
export function verdictWord(
  level: NamedLevel,
  { spread, covered }: { readonly spread: number; readonly covered: boolean | null },
  calibration: BlendProfile['calibration'],
): Verdict['word'] {
  if (!calibration?.levels) return 'not_checked';
  if (level !== null && level !== 'continent') {
    const { sure, likely } = calibration.levels[level];
    if (sure !== null && spread <= sure) return 'sure';
    if (likely !== null && spread <= likely) return 'likely';
  }
  return level === null && covered !== true ? 'unknown' : 'unsure';
}

/** @param unchecked null for an answer that a calibration speaks for */
export function verdictOf(
  located: Located,
  place: NearestPlace | null,
  gazetteer: Gazetteer,
  unchecked: Verdict['unchecked'],
): Verdict {
  const { spread, coverage, profile } = located;
  const masses = rollUp(located);
  const level = namedLevel(masses, coverage.covered);
  const word =
    unchecked === null ? verdictWord(level, { spread, covered: coverage.covered }, profile.calibration) : 'not_checked';
  const country = masses.iso2 === null ? null : (gazetteer.place(masses.iso2)?.name ?? masses.iso2);
  const continent = masses.continentCode && CONTINENT_NAMES[masses.continentCode];
  const checked = word === 'sure' || word === 'likely' ? word : null;
  return {
    word,
    level,
    headline: headlineOf(level, { place, country, continent }),
    probability: level && round(masses[level], 6),
    risk: checked && RISKS[checked],
    unchecked,
    sentence: sentenceOf(word, level, unchecked),
    roll_up: describeRollUp(masses, country),
  };
}

function describeRollUp(masses: RollUp, country: string | null): Verdict['roll_up'] {
  return {
    town: round(masses.town, 6),
    region: round(masses.region, 6),
    country: { iso2: masses.iso2, name: country, probability: round(masses.country, 6) },
    continent: {
      code: masses.continentCode,
      name: masses.continentCode && CONTINENT_NAMES[masses.continentCode],
      probability: round(masses.continent, 6),
    },
  };
}

/** As near as this a point is in a city, not beside it. */
const IN_PLACE_KM = 5;

/** The nearest city in words, with its distance where the point is not in it. */
export function nearPlace({ name, region, country, distance_km: km }: NearestPlace): string {
  const city = name === null || km === null || km < IN_PLACE_KM ? name : `near ${name} (${Math.round(km)} km)`;
  return [city, region === name ? null : region, country].filter((part) => part !== null).join(', ') || 'at sea';
}

/**
 * A level in words; null where nothing deserves a headline.
 * @param place nearest to the answer, as it may be told
 */
export function headlineOf(
  level: NamedLevel,
  named: { readonly place: NearestPlace | null; readonly country: string | null; readonly continent: string | null },
): string | null {
  if (level === 'town') return named.place && nearPlace(named.place);
  if (level === 'region')
    return `within ${LEVEL_KM.region} km of ${[named.place?.name ?? named.place?.region, named.country].filter(Boolean).join(', ') || 'the point'}`;
  return level === null ? null : named[level];
}

const WRONG: Readonly<Record<VerdictLevel, string>> = {
  town: `more than ${LEVEL_KM.town} km off`,
  region: `more than ${LEVEL_KM.region} km off`,
  country: 'in another country',
};

const UNCHECKED: Readonly<Record<NonNullable<Verdict['unchecked']>, string>> = {
  no_profile: 'nobody has measured how often answers of this index are right; `streetdex tune` does that',
  earlier_profile: 'the index was tuned by an earlier version; `streetdex tune` has to run once more',
  hints: 'hints change the answer, and only answers without hints were measured',
  other_weights: 'the evidence was weighted otherwise than when answers were measured',
};

function sentenceOf(word: Verdict['word'], level: NamedLevel, unchecked: Verdict['unchecked']): string {
  if (word === 'sure' || word === 'likely') {
    const many = Math.round(100 * RISKS[word]);
    return `${word === 'sure' ? 'Sure' : 'Likely'}: of 100 answers like this one, at most ${many} are ${WRONG[level as VerdictLevel]}.`;
  }
  if (word === 'not_checked') return `Not checked: ${UNCHECKED[unchecked ?? 'no_profile']}.`;
  if (word === 'unknown')
    return 'Unknown: nothing in the index is known to look like the photo, and the evidence does not agree on a part of the world.';
  if (level === null) return 'Unsure: the evidence does not agree on a part of the world.';
  if (level === 'continent') return 'Unsure: the evidence does not agree on a country.';
  return 'Unsure: when answers like this one were measured, too many were wrong.';
}
