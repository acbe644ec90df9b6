// What is told of a world of bench:pocket, by parts of its scenes.
import type { Evaluation, Figures, IntervalJson } from '../dist/evaluate/evaluation.js';
import type { QueryResult } from '../dist/evaluate/query-result.js';

export const HALVES = ['mixed', 'indexed', 'unindexed'] as const;
export type Half = (typeof HALVES)[number];

const SIDES = ['retrieval', 'captions', 'fixed', 'blend', 'nearest'];

export function figuresOf(name: Half, evaluation: Evaluation): Figures {
  return name === 'mixed' ? evaluation.overall : evaluation.parts[name];
}

/** @param zeroShot whether the best country caption is right, for each result */
export function describe(
  name: Half,
  evaluation: Evaluation,
  results: readonly QueryResult[],
  zeroShot: readonly boolean[],
) {
  const { queries, sides } = figuresOf(name, evaluation);
  const among = results.map((result) => name === 'mixed' || result.part === name);
  const right = zeroShot.filter((hit, i) => hit && among[i]).length;
  const described = SIDES.map((side) => {
    const { within_percent: within, median_km, mean_km, geoscore, country_percent: country, coverage } = sides[side];
    return [
      side,
      {
        within_percent: Object.fromEntries(Object.entries(within).map(([km, { value }]) => [km, value])),
        within_25_interval: bounds(within['25']),
        median_km: median_km.value,
        mean_km: mean_km.value,
        geoscore: geoscore.value,
        country_percent: country?.value,
        country_interval: country && bounds(country),
        coverage_50: coverage.circle_50_percent.value,
        coverage_90: coverage.circle_90_percent.value,
      },
    ];
  });
  return { scenes: queries, ...Object.fromEntries(described), zero_shot_country_percent: (100 * right) / queries };
}

/** Paired differences in points, by half and radius. */
export function gains(evaluation: Evaluation, of: string, against: string) {
  return Object.fromEntries(
    HALVES.map((name) => {
      const found = figuresOf(name, evaluation).differences.find((one) => one.of === of && one.against === against);
      if (found === undefined) throw new Error(`No difference of ${of} and ${against}.`);
      const at = (km: string) => {
        const interval = found.within_percent[km];
        return { better: found.better?.[km] ?? against, points: interval.value, interval: bounds(interval) };
      };
      return [name, Object.fromEntries(['25', '200', '750'].map((km) => [km, at(km)]))];
    }),
  );
}

function bounds({ low, high }: IntervalJson): [number, number] {
  return [low, high];
}
