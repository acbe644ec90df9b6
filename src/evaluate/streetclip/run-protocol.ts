import type { LabelScore } from '../../clip/zero-shot.js';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import type { Gazetteer } from '../../gazetteer/gazetteer.js';
import type { EvaluationQuery } from '../evaluation-query.js';
import { named } from '../name-failure.js';
import { ProgressClock } from '../progress-clock.js';
import type { QueryResult, ShownEvidence } from '../query-result.js';
import type { GatherProgress } from '../query-set.js';
import { aboutQuery, scored } from '../score-answer.js';
import { linearProbe, type Probed, probe } from './linear-probe.js';
import { probeAnswer } from './probe-answer.js';
import type { ProbeCity, ProbeCountry, ProtocolLists } from './protocol-lists.js';

export interface ProtocolParts {
  readonly lists: ProtocolLists;
  /** Embeds a caption; called once for each. */
  readonly embedCaption: (text: string) => Promise<UnitVector>;
  /** exp(logit_scale) of the model. */
  readonly logitScale: number;
  readonly gazetteer: Gazetteer;
  /** Once aborted, the run stops after the caption or query in hand. */
  readonly signal?: AbortSignal;
}

/** Name of the side in the table. */
const STREETCLIP_SIDE = 'streetclip';
const SHOWN = 3;

/**
 * Runs StreetCLIP's published zero-shot protocol over queries of known places, without an index. Only the cities of countries
 * that win are embedded.
 *
 * @param onProgress counts captions, then queries
 * @returns one result for each query, in their order, with the one side `streetclip`
 * @throws `not_finite` with the query's id, `interrupted`
 */
export async function runStreetclipProtocol(
  queries: readonly EvaluationQuery[],
  parts: ProtocolParts,
  onProgress?: (stage: 'captions' | 'queries', progress: GatherProgress) => void,
): Promise<QueryResult[]> {
  const { countries } = parts.lists;
  const embed = embedOnce(parts);
  const countryVectors = await embedAll(
    countries.map(({ caption }) => caption),
    embed,
    (progress) => onProgress?.('captions', progress),
  );
  const won = queries.map(({ vector }) => probe(vector, countryVectors, parts.logitScale));
  const winners = [...new Set(won.map(({ winner }) => winner))].map((winner) => present(countries[winner]));
  await embedAll(
    winners.flatMap(({ cities }) => cities.map(({ caption }) => caption)),
    embed,
    (progress) => onProgress?.('captions', progress),
  );
  const cityVectors = new Map<number, readonly UnitVector[]>();
  for (const { winner } of won) {
    if (cityVectors.has(winner)) continue;
    const { cities } = present(countries[winner]);
    cityVectors.set(winner, await Promise.all(cities.map(({ caption }) => embed(caption))));
  }
  const clock = new ProgressClock(queries.length, (progress) => onProgress?.('queries', progress));
  const results: QueryResult[] = [];
  for (const query of queries) {
    if (parts.signal?.aborted) throw interrupted();
    const started = performance.now();
    const citiesOf = (winner: number) => cityVectors.get(winner) ?? [];
    const { country, city } = linearProbe(query.vector, countryVectors, citiesOf, parts.logitScale);
    results.push(shapeResult(query, country, city, performance.now() - started, parts));
    clock.update(results.length);
  }
  clock.update(results.length, true);
  return results;
}

function shapeResult(
  query: EvaluationQuery,
  country: Probed,
  city: Probed,
  judgeMs: number,
  { lists, gazetteer }: ProtocolParts,
): QueryResult {
  const winner = present(lists.countries[country.winner]);
  const truth = gazetteer.nearest(query.truth);
  try {
    const answer = scored(probeAnswer(country, city, winner), query, truth, gazetteer);
    return {
      ...aboutQuery(query, truth),
      sides: { [STREETCLIP_SIDE]: answer },
      verdict: { word: 'not_checked', level: null, wrong: null },
      bestScore: null,
      notIndexed: 1,
      evidence: { neighbours: [], captions: [...best(country, lists.countries), ...best(city, winner.cities)] },
      tookMs: { search: 0, judge: judgeMs },
    };
  } catch (error) {
    throw named(error, query);
  }
}

function best(probed: Probed, labels: readonly (ProbeCountry | ProbeCity)[]): ShownEvidence['captions'] {
  return probed.scores
    .map(({ probability }: LabelScore, i) => ({ text: labels[i]?.caption ?? '', probability }))
    .toSorted((a, b) => b.probability - a.probability)
    .slice(0, SHOWN);
}

function embedOnce({ embedCaption, signal }: ProtocolParts): (text: string) => Promise<UnitVector> {
  const known = new Map<string, Promise<UnitVector>>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    if (signal?.aborted) return Promise.reject(interrupted());
    const made = embedCaption(text);
    known.set(text, made);
    return made;
  };
}

async function embedAll(
  captions: readonly string[],
  embed: (text: string) => Promise<UnitVector>,
  onProgress: (progress: GatherProgress) => void,
): Promise<UnitVector[]> {
  const clock = new ProgressClock(captions.length, onProgress);
  const vectors: UnitVector[] = [];
  for (const caption of captions) {
    vectors.push(await embed(caption));
    clock.update(vectors.length);
  }
  clock.update(vectors.length, true);
  return vectors;
}

function interrupted() {
  return fault('interrupted', 'The evaluation was stopped; captions that are embedded are kept.');
}
