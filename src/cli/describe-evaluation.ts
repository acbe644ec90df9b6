import { present } from '../domain/present.js';
import type { Difference, Evaluation, Figures, IntervalJson, SideFigures } from '../evaluate/evaluation.js';
import { verdictParts } from '../evaluate/verdict-parts.js';
import { describeDuplicates } from './query-source.js';
import { outputWidth, table } from './table.js';

type Row = readonly string[];

/** Widths of a row's name, and of a figure with its interval. */
const [NAME, FIGURE] = [25, 18];

/** An evaluation for a terminal: sides side by side with 95 % intervals, then coverage and times. */
export function describeEvaluation(evaluation: Evaluation, width = outputWidth()): string {
  const { overall, index, model, profile, published } = evaluation;
  const names = Object.keys(overall.sides);
  const head = [
    `${overall.queries} queries of ${overall.clusters} authors or places (the largest has ${percent(100 * overall.largest_cluster_share)})`,
    evaluation.protocol,
    `model ${model.name}`,
    index === null ? null : `index ${index.name} (${index.references} references)`,
    profile === null ? null : `profile ${profile.name}${profile.calibrated ? '' : ' (not calibrated)'}`,
  ];
  return [
    head.filter((line) => line !== null).join('; '),
    duplicateLines(evaluation),
    sideTables(sideRows(overall, names), names, width),
    differenceLines(overall),
    ...partBlocks(evaluation, names, width),
    promiseLines(overall),
    floorLines(evaluation),
    published === null ? '' : publishedTable(published, overall),
    costLine(evaluation),
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

function duplicateLines({ near_duplicates }: Evaluation): string {
  if (near_duplicates === null) return '';
  const { left_out, queries, unknown } = near_duplicates;
  return describeDuplicates({ leftOut: left_out, found: queries, unknown }).join('\n');
}

/** As many sides in a row as fit; the others below them. */
function sideTables(rows: readonly Row[], names: readonly string[], width: number): string {
  const most = Math.max(1, Math.floor((width - NAME) / FIGURE));
  const blocks: string[] = [];
  for (let from = 0; from < names.length; from += most) {
    const part = rows.map(([name = '', ...cells]) => [name, ...cells.slice(from, from + most)]);
    blocks.push(table(part, ['', ...names.slice(from, from + most)], width));
  }
  return blocks.join('\n\n');
}

function sideRows(figures: Figures, names: readonly string[]): Row[] {
  const sides = names.map((name) => present(figures.sides[name]));
  const row = (label: string, cell: (side: SideFigures) => string): Row => [label, ...sides.map(cell)];
  const optional = (label: string, of: (side: SideFigures) => IntervalJson | null): Row[] =>
    sides.some((side) => of(side) !== null) ? [row(label, (side) => interval(of(side)))] : [];
  return [
    ...radii(sides[0]).map((km) => row(`within ${km} km, %`, (side) => interval(side.within_percent[km] ?? null))),
    row('GeoScore', (side) => interval(side.geoscore, 0)),
    row('median km', (side) => interval(side.median_km, null)),
    row('mean km', (side) => interval(side.mean_km, null)),
    ...optional('country, %', (side) => side.country_percent),
    ...optional('region, %', (side) => side.region_percent),
    ...optional('city, %', (side) => side.city_percent),
    ...circleRows(sides),
    row('beyond 750 km, %', (side) => interval(side.risk.all_percent)),
    row('  of the surer half, %', (side) => promised(side, side.risk.surer_half_percent)),
    ...(sides.some((side) => side.answered < figures.queries)
      ? [row('answered', (side) => String(side.answered))]
      : []),
  ];
}

/** Coverage by photo, and with authors counting alike, which is what a calibration promises. */
function circleRows(sides: readonly SideFigures[]): Row[] {
  return (['50', '90'] as const).flatMap((share) => {
    const circle = `circle_${share}_percent` as const;
    return [
      [`${share} % circle holds, %`, ...sides.map((side) => promised(side, side.coverage[circle]))],
      ['  authors counting alike', ...sides.map((side) => promised(side, side.coverage.per_author[circle]))],
    ];
  });
}

/** Figures by part; nothing where all queries are of one part. */
function partBlocks({ parts }: Evaluation, names: readonly string[], width: number): string[] {
  const entries = Object.entries(parts);
  if (entries.length === 1) return [`All of them are ${entries[0]?.[0]}.`];
  return entries.map(([part, figures]) => partLines(part, figures, names, width));
}

function partLines(part: string, figures: Figures, names: readonly string[], width: number): string {
  const own = names.filter((name) => figures.sides[name] !== undefined);
  const sides = own.map((name) => present(figures.sides[name]));
  const rows = radii(sides[0]).map((km) => [
    `within ${km} km, %`,
    ...sides.map((side) => interval(side.within_percent[km] ?? null)),
  ]);
  rows.push(...circleRows(sides).map((row) => [...row]));
  return `${part}: ${figures.queries} queries of ${figures.clusters} authors or places\n${sideTables(rows, own, width)}`;
}

function differenceLines({ differences }: Figures): string {
  const line = ({ of, against, within_percent }: Difference) =>
    `  ${of} minus ${against.replaceAll('_', ' ')}: ${Object.entries(within_percent)
      .map(([km, points]) => `${signed(points.value)} (${signed(points.low)} to ${signed(points.high)}) at ${km} km`)
      .join(', ')}`;
  return differences.length === 0 ? '' : `Paired differences in points\n${differences.map(line).join('\n')}`;
}

function promiseLines(figures: Figures): string {
  const { sides } = figures;
  const by = sides.blend?.coverage.by_spread ?? [];
  const bins = by.map((bin) => [
    `  ${bin.not_indexed_above.toFixed(2)} to ${bin.not_indexed_up_to.toFixed(2)}`,
    `${bin.spread_above.toFixed(2)} to ${bin.spread_up_to.toFixed(2)}`,
    String(bin.queries),
    interval(bin.per_author.circle_50_percent),
    interval(bin.per_author.circle_90_percent),
  ]);
  const head = ['  not indexed', 'spread', 'queries', '50 % circle', '90 % circle'];
  const lines = bins.length < 2 ? [] : [`  Authors counting alike:`, table(bins, head)];
  for (const { name, percent: share, wrong } of verdictParts(figures)) {
    lines.push(
      `  Verdict ${name}: ${percent(share)}${wrong === null ? '' : `, ${percent(wrong)} of them wrong at the level they name`}.`,
    );
  }
  return lines.length === 0 ? '' : `What the blend promises\n${lines.join('\n')}`;
}

function floorLines({ floors: { constant, random_city } }: Evaluation): string {
  const figures = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([km, value]) => `${value.toFixed(1)} % within ${km} km`)
      .join(', ');
  const { lat, lon } = constant.point;
  return [
    'Without looking at the photos',
    `  always ${lat.toFixed(2)}, ${lon.toFixed(2)}: ${figures(constant.within_percent)}; GeoScore ${constant.geoscore.toFixed(0)}`,
    ...(random_city === null
      ? []
      : [
          `  a city by its people: ${figures(random_city.within_percent)}; GeoScore ${random_city.geoscore.toFixed(0)}`,
        ]),
  ].join('\n');
}

function publishedTable({ benchmark, rows }: NonNullable<Evaluation['published']>, figures: Figures): string {
  const kms = Object.keys(rows[0]?.within_percent ?? {});
  const ours = Object.entries(figures.sides).map(([side, { within_percent }]) => [
    `this ${side}`,
    ...kms.map((km) => within_percent[km]?.value.toFixed(1) ?? ''),
  ]);
  const theirs = rows.map(({ method, within_percent }) => [
    method,
    ...kms.map((km) => within_percent[km]?.toFixed(1) ?? ''),
  ]);
  return `Published for ${benchmark}, % within\n${table([...ours, ...theirs], ['', ...kms.map((km) => `${km} km`)])}`;
}

function costLine({ took_ms: { search, judge, stages } }: Evaluation): string {
  const per = (name: string, of: { median: number; p99: number }) =>
    `${name} ${of.median.toFixed(1)} ms a query (99 %: ${of.p99.toFixed(1)})`;
  const whole = Object.entries(stages).map(([name, ms]) => `${name} ${(ms / 1000).toFixed(1)} s`);
  return `Took: ${[per('search', search), per('captions, blend and decision', judge), ...whole].join(', ')}.`;
}

function radii(side: SideFigures | undefined): string[] {
  return Object.keys(side?.within_percent ?? {});
}

/** Coverage of a circle; empty for a side without circles. */
function promised({ coverage }: SideFigures, of: IntervalJson): string {
  return coverage.median_radius_90_km === 0 ? '' : interval(of);
}

/** @param digits after the point; null: by the size of a distance */
function interval(of: IntervalJson | null, digits: number | null = 1): string {
  if (of === null) return '';
  const write = (value: number) => value.toFixed(digits ?? (Math.abs(value) < 10 ? 1 : 0));
  return `${write(of.value)} (${write(of.low)}–${write(of.high)})`;
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
