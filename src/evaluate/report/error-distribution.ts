import { present } from '../../domain/present.js';
import { PROTOCOL_RADII_KM } from '../../locate/decide.js';
import type { QueryResult } from '../query-result.js';
import { errorsOf } from '../side-figures.js';
import { figure } from './figure.js';
import { type Markup, markup } from './markup.js';
import { kilometres } from './numbers.js';
import { type Axis, legend, percentAxis, plot, type Series } from './plot.js';
import { toneOf } from './tones.js';

const FROM_KM = 0.1;
const TO_KM = 20_100;
const STEPS = 160;
const QUANTILES = [10, 25, 50, 75, 90] as const;

/** The share of photos answered within a distance, over the distance (logarithmic). */
export function errorDistribution(results: readonly QueryResult[], sides: readonly string[]): Markup {
  const sorted = new Map(sides.map((side) => [side, errorsOf(results, side).sort((a, b) => a - b)]));
  const lines: Series[] = sides.map((side) => ({
    name: side,
    tone: toneOf(side, sides),
    points: cumulative(sorted.get(side) ?? []),
  }));
  const drawn = plot({
    title: 'Percent of photos whose answer lies within a distance of the truth, by distance and side',
    x: kmAxis(),
    y: percentAxis('% of photos within'),
    lines,
    guides: PROTOCOL_RADII_KM.map((radius) => [
      [radius, 0],
      [radius, 100],
    ]),
  });
  const rows = sides.map((side) => {
    const errors = sorted.get(side) ?? [];
    const at = (share: number) => errors[Math.max(0, Math.ceil((share / 100) * errors.length) - 1)] ?? Number.NaN;
    return [side, ...QUANTILES.map((share) => kilometres(at(share)))];
  });
  return figure({
    heading: 'How far off the answers are',
    drawn: markup`${legend(lines)}${drawn}`,
    words:
      'A point on a line is the share of photos answered within that distance. The dashed lines are 1, 25, 200, 750 and 2,500 km.',
    head: ['side', ...QUANTILES.map((share) => `${share} % within, km`)],
    rows,
  });
}

function cumulative(sorted: readonly number[]): [number, number][] {
  let at = 0;
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const km = FROM_KM * (TO_KM / FROM_KM) ** (step / STEPS);
    while (at < sorted.length && present(sorted[at]) <= km) at++;
    return [km, (100 * at) / sorted.length];
  });
}

function kmAxis(): Axis {
  const whole = Math.log(TO_KM / FROM_KM);
  return {
    label: 'error in km',
    ticks: [0.1, 1, 10, 100, 1_000, 10_000].map((km) => [km, km >= 1_000 ? `${km / 1_000}k` : `${km}`]),
    at: (km) => Math.log(Math.max(FROM_KM, km) / FROM_KM) / whole,
  };
}
