import type { IntervalJson, SideFigures } from '../dist/evaluate/evaluation.js';
import type { PocketWorld } from './measure-pocket-world.js';
import { figuresOf, HALVES } from './pocket-figures.js';

/** The tables of one world. */
export function printPocketWorld(result: PocketWorld): void {
  const one = (x: number) => x.toFixed(1);
  const span = ({ value, low, high }: IntervalJson) => `${one(value)} [${one(low)}, ${one(high)}]`;
  const { evaluation } = result;
  console.log(
    `seed ${result.seed}, ${result.date}: ${result.queries} scenes of ${result.towns} towns in ${result.countries} countries, ` +
      `${result.references} references; tuned on ${result.tuned_on.queries} scenes of ${result.tuned_on.towns} other towns ` +
      `in ${one(result.took_s.tune)} s, evaluated in ${one(result.took_s.evaluate)} s`,
  );
  for (const name of HALVES) {
    const { sides, queries } = figuresOf(name, evaluation);
    console.log(`\n${name} (${queries} scenes): zero-shot country ${one(result[name].zero_shot_country_percent)} %`);
    const row = ({ within_percent: within, median_km, geoscore, country_percent: country, coverage }: SideFigures) => ({
      ...Object.fromEntries(Object.entries(within).map(([km, percent]) => [`${km} km %`, span(percent)])),
      'median km': one(median_km.value),
      GeoScore: geoscore.value.toFixed(0),
      'country %': country && one(country.value),
      '50 % circle': one(coverage.circle_50_percent.value),
      '90 % circle': one(coverage.circle_90_percent.value),
    });
    console.table(Object.fromEntries(Object.entries(sides).map(([side, figures]) => [side, row(figures)])));
    for (const { of, against, better, within_percent: within } of figuresOf(name, evaluation).differences) {
      const by = Object.entries(within).map(([km, points]) => `${km} km ${span(points)}`);
      const names = better === null ? '' : ` (${Object.values(better).join(', ')})`;
      console.log(`  ${of} minus ${against}${names}, points: ${by.join('; ')}`);
    }
  }
  const { coverage, risk } = evaluation.overall.sides.blend;
  console.log('\nblend, all scenes, by spread');
  console.table(
    coverage.by_spread.map((bin) => ({
      spread: `${bin.spread_above.toFixed(3)} to ${bin.spread_up_to.toFixed(3)}`,
      scenes: bin.queries,
      '50 % circle': span(bin.circle_50_percent),
      '90 % circle': span(bin.circle_90_percent),
    })),
  );
  console.log(
    `errors beyond ${risk.beyond_km} km: ${span(risk.all_percent)} %, of the surer half ${span(risk.surer_half_percent)} %;`,
  );
  const entropy = evaluation.overall.sides.entropy_for_spread.risk;
  console.log(`  surer by entropy: ${span(entropy.surer_half_percent)} %`);
}
