import type { Figures, IntervalJson } from '../evaluation.js';
import { figure } from './figure.js';
import { type Markup, markup } from './markup.js';
import { count, one, range } from './numbers.js';
import { type Axis, legend, percentAxis, plot, type Whisker } from './plot.js';
import { toneOf } from './tones.js';

/** Whether probabilities come true. */
export function reliabilityDiagram(figures: Figures, side: string): Markup | null {
  const found = figures.sides[side]?.reliability;
  if (found === undefined) return null;
  const whiskers = found.bins.map((bin): Whisker => {
    const { value, low, high } = bin.observed_percent;
    const title = `${one(bin.mean_probability_percent)} % promised, ${one(value)} % observed, ${count(bin.queries)} photos`;
    return {
      tone: toneOf(side, Object.keys(figures.sides)),
      x: bin.mean_probability_percent,
      y: value,
      low,
      high,
      title,
    };
  });
  return figure({
    heading: 'Whether probabilities come true',
    drawn: plot({
      title: `Reliability of the ${side}: how often the truth lies within ${found.within_km} km of the answer, by the probability given for it`,
      x: percentAxis(`probability given, %`),
      y: percentAxis(`truth within ${found.within_km} km, %`),
      whiskers,
      guides: [
        [
          [0, 0],
          [100, 100],
        ],
      ],
    }),
    words: `On the diagonal a probability means what it says; below it answers are too sure. Mean distance from the diagonal: ${one(found.calibration_error)} points.`,
    head: ['probability', 'photos', 'promised, %', 'observed, %', '95 % interval'],
    rows: found.bins.map((bin) => [
      `${bin.probability_from.toFixed(1)} to ${bin.probability_to.toFixed(1)}`,
      count(bin.queries),
      one(bin.mean_probability_percent),
      one(bin.observed_percent.value),
      range(bin.observed_percent),
    ]),
  });
}

/** Whether the circles hold the truth as often as promised, by the calibration's bins; authors count alike. */
export function coverageFigure(figures: Figures, side: string): Markup | null {
  const found = figures.sides[side]?.coverage;
  if (found === undefined) return null;
  const bins = found.by_spread;
  const whiskers = bins.flatMap((bin, i): Whisker[] =>
    (['circle_50_percent', 'circle_90_percent'] as const).map((circle) => {
      const { value, low, high } = bin.per_author[circle];
      const promised = circle === 'circle_50_percent' ? 50 : 90;
      const title = `${promised} % circle, not indexed ${between(bin.not_indexed_above, bin.not_indexed_up_to)}, spread up to ${bin.spread_up_to.toFixed(2)}: holds ${one(value)} % of ${count(bin.queries)} truths`;
      return { tone: promised === 50 ? 'tone-retrieval' : 'tone-blend', x: i + 1, y: value, low, high, title };
    }),
  );
  return figure({
    heading: 'Whether the circles hold the truth',
    drawn: markup`${legend([
      { name: '90 % circle', tone: 'tone-blend' },
      { name: '50 % circle', tone: 'tone-retrieval' },
    ])}${plot({
      title: `How often the 50 % and the 90 % circle of the ${side} hold the truth, by bins of doubt`,
      x: binAxis(bins.length),
      y: percentAxis('truths held, %'),
      whiskers,
      guides: [50, 90].map((promised) => [
        [0.5, promised],
        [bins.length + 0.5, promised],
      ]),
    })}`,
    words: `Of the photos the 50 % circle holds ${held(found.circle_50_percent)} and the 90 % circle ${held(found.circle_90_percent)}; with authors counting alike, which is what is promised, ${held(found.per_author.circle_50_percent)} and ${held(found.per_author.circle_90_percent)}. Bins are by the probability that the area is not in the index, and within by spread, from sure to unsure; in them authors count alike.`,
    head: ['not indexed', 'spread', 'photos', '50 % circle, %', 'interval', '90 % circle, %', 'interval'],
    rows: bins.map((bin) => [
      between(bin.not_indexed_above, bin.not_indexed_up_to),
      between(bin.spread_above, bin.spread_up_to),
      count(bin.queries),
      one(bin.per_author.circle_50_percent.value),
      range(bin.per_author.circle_50_percent),
      one(bin.per_author.circle_90_percent.value),
      range(bin.per_author.circle_90_percent),
    ]),
  });
}

function held(interval: IntervalJson): string {
  return `${one(interval.value)} % (${range(interval)})`;
}

function between(above: number, upTo: number): string {
  return `${above.toFixed(2)} to ${upTo.toFixed(2)}`;
}

/** How the risk falls when unsure answers are dropped. */
export function riskFigure(figures: Figures): Markup {
  const names = Object.keys(figures.sides);
  const sides = Object.entries(figures.sides);
  const beyond = sides[0]?.[1].risk.beyond_km ?? 0;
  const most = Math.max(10, ...sides.flatMap(([, { risk }]) => risk.curve.map((point) => point.risk_percent)));
  const top = Math.min(100, Math.ceil(most / 10) * 10);
  const lines = sides.map(([name, { risk }]) => ({
    name,
    tone: toneOf(name, names),
    points: risk.curve.map(({ coverage, risk_percent }) => [100 * coverage, risk_percent] as const),
  }));
  return figure({
    heading: 'What leaving unsure photos unanswered is worth',
    drawn: markup`${legend(lines)}${plot({
      title: `Percent of answers wrong by more than ${beyond} km among the surest share of the photos, by that share and side`,
      x: percentAxis('% of photos answered, surest first'),
      y: percentAxis(`beyond ${beyond} km, %`, top),
      lines,
    })}`,
    words: `From the right, all photos are answered; to the left only the surest, by spread. Lower is better.`,
    head: ['side', `all: beyond ${beyond} km, %`, 'interval', 'surer half, %', 'interval', 'mean over all shares, %'],
    rows: sides.map(([name, { risk }]) => [
      name,
      one(risk.all_percent.value),
      range(risk.all_percent),
      one(risk.surer_half_percent.value),
      range(risk.surer_half_percent),
      one(risk.area_percent),
    ]),
  });
}

function binAxis(bins: number): Axis {
  const ticks = Array.from({ length: bins }, (_, i) => {
    const text = i === 0 ? 'sure' : i === bins - 1 ? 'unsure' : '';
    return [i + 1, text] as const;
  });
  return { label: 'bins of doubt', ticks, at: (bin) => (bin - 0.5) / bins };
}
