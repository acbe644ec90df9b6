import type { Candidate, LocateAnswer } from '../api/types.js';
import { coordinates, kilometres, percent } from './format.js';
import { countryName, t } from './language.js';
import { placeName, shortPlaceName } from './place-name.js';

/** The parts of an answer that its words need. */
export interface Worded extends Pick<LocateAnswer, 'verdict' | 'known' | 'index_coverage'> {
  readonly candidates: readonly Pick<Candidate, 'place'>[];
}

/** A point this near to a city is in it, not beside it. */
const IN_PLACE_KM = 5;

/** The headline: a place, its surroundings, a country or a continent; null where the verdict allows none. */
export function headlineOf(answer: Pick<Worded, 'verdict' | 'candidates'>): string | null {
  const { level, roll_up: masses } = answer.verdict;
  const text = t.value.verdict;
  const place = answer.candidates[0]?.place;
  if (level === 'town' && place) {
    const km = place.distance_km;
    return km === null || km < IN_PLACE_KM ? placeName(place) : text.near(kilometres(km), placeName(place));
  }
  if (level === 'region' && place) return text.around(shortPlaceName(place));
  if (level === 'country') return masses.country.iso2 === null ? null : countryName(masses.country.iso2);
  return level === 'continent' && masses.continent.code !== null ? text.continent[masses.continent.code] : null;
}

/** The reason for the verdict, in a sentence. */
export function verdictSentence({ word, level, risk, unchecked }: LocateAnswer['verdict']): string {
  const text = t.value.verdict;
  if (unchecked !== null) return text.unchecked[unchecked];
  if (risk !== null && level !== null && level !== 'continent')
    return text.atMost(Math.round(100 * risk), text.wrong[level]);
  if (word === 'unknown') return text.unknownWhy;
  if (level === null) return text.noAgreement;
  return level === 'continent' ? text.noCountry : text.tooOften;
}

/** Whether the index has anything similar; null where that is said elsewhere, or is obvious. */
export function coverageSentence({ index_coverage: { reason }, verdict }: Worded): string | null {
  return reason === 'no_references' || verdict.word === 'unknown' ? null : t.value.verdict.coverage[reason];
}

/** The photo's own position, and the answer's distance from it; null where it has none. */
export function knownSentence({ known }: Pick<Worded, 'known'>): string | null {
  if (known === null) return null;
  const text = t.value.verdict;
  const off = known.distance_km === null ? null : kilometres(known.distance_km);
  return text.known(text.knownFrom[known.from], coordinates(known.point), off);
}

/** The probability within 25 km, within 200 km, in the country and on the continent of the answer. */
export function rollUpRows({
  verdict: { roll_up: masses },
}: Pick<Worded, 'verdict'>): readonly (readonly [string, string])[] {
  const text = t.value.verdict;
  const { country, continent } = masses;
  return [
    [text.within(kilometres(25)), percent(masses.town)],
    [text.within(kilometres(200)), percent(masses.region)],
    ...(country.iso2 === null ? [] : [[countryName(country.iso2), percent(country.probability)] as const]),
    ...(continent.code === null ? [] : [[text.continent[continent.code], percent(continent.probability)] as const]),
  ];
}
