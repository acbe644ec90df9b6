import type { Evaluation, IntervalJson } from '../evaluation.js';
import type { QueryResult } from '../query-result.js';
import { verdictParts } from '../verdict-parts.js';
import { type Case, chooseCases } from './choose-cases.js';
import { coverageFigure, reliabilityDiagram, riskFigure } from './doubt-figures.js';
import { errorDistribution } from './error-distribution.js';
import { errorMap } from './error-map.js';
import { differencesTable, figuresTable, scrolling } from './figures-table.js';
import { type Markup, markup, trusted } from './markup.js';
import { count, kilometres, one, range } from './numbers.js';
import { type CasePictures, NEIGHBOURS_SHOWN, showCase } from './show-case.js';
import { REPORT_STYLE } from './style.js';
import { reportThumbnail } from './thumbnail.js';
import { mainSide } from './tones.js';

const CASES_EACH = 6;
const PHOTO_PIXELS = 400;
const NEIGHBOUR_PIXELS = 120;
/** No scripts and nothing from outside: the page can't fetch anything. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

export interface ReportOptions {
  /** Bytes of a photo by its path; null where it is missing. Without it there are no pictures. */
  readonly readImage?: (file: string) => Promise<Uint8Array | null>;
  /** The same for a reference, by its id. */
  readonly readReference?: (id: string) => Promise<Uint8Array | null>;
}

/**
 * The whole run on one page of HTML, which needs nothing from outside. It shows a few photos, so keep it where photos may be
 * kept.
 */
export async function renderReport(
  evaluation: Evaluation,
  results: readonly QueryResult[],
  options: ReportOptions = {},
): Promise<string> {
  const sides = Object.keys(evaluation.overall.sides);
  const main = mainSide(sides);
  const cases = chooseCases(results, main, CASES_EACH);
  const page = markup`${trusted('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}"><title>streetdex evaluation: ${evaluation.protocol}</title><style>${trusted(REPORT_STYLE)}</style></head>
<body>${heading(evaluation, main)}
<main>
<section><h2>Figures</h2>${'retrieval' in evaluation.overall.sides ? markup`<p class="quiet">Retrieval answers by the scenes that look alike, captions by the place names that fit, and the blend by both.</p>` : null}${figuresTable(evaluation.overall, 'Percent of photos within a distance, GeoScore (0 to 5000), errors, and percent with the right country, region and city; below each the 95 % interval, from drawing authors whole.', evaluation)}
${differencesTable(evaluation.overall.differences, 'Paired differences in points: positive where the first is better; bold where the 95 % interval leaves out 0. “Better side” is retrieval or captions, whichever is better at that figure.')}</section>
<section><h2>Errors</h2><div class="figures">${errorDistribution(results, sides)}${riskFigure(evaluation.overall)}</div>${errorMap(results, main)}</section>
<section><h2>Doubt</h2><div class="figures">${coverageFigure(evaluation.overall, main)}${reliabilityDiagram(evaluation.overall, main)}</div></section>
${partsSection(evaluation)}
${await casesSection('Worst', `The largest errors of the ${main}, one per author.`, cases.worst, options)}
${await casesSection('Surest of those wrong', `Beyond 750 km with the least doubt: where the ${main} deceives.`, cases.surestWrong, options)}
${await casesSection('Typical', `Errors nearest to the median of the ${main}.`, cases.typical, options)}
${runSection(evaluation)}
</main>
<footer><p>Made by streetdex. Intervals: 95 %, ${count(evaluation.overall.draws)} draws of whole authors, seed ${evaluation.seed}. Map: Natural Earth; borders OpenStreetMap contributors, by country-coder. Intervals of few photos, and of shares near 0 or 100 %, come out too narrow. The page loads nothing.</p></footer></body></html>
`;
  return page.text;
}

function heading({ overall, protocol, model, index, profile, date }: Evaluation, main: string): Markup {
  const side = overall.sides[main];
  return markup`<header><h1>${protocol.charAt(0).toUpperCase()}${protocol.slice(1)}</h1>
<p class="quiet">${date.slice(0, 10)} · model ${model.name} · ${index === null ? 'no index' : `index ${index.name}, ${count(index.references)} references`} · ${profile === null ? 'no profile' : `profile ${profile.name}${profile.calibrated ? '' : ', not calibrated'}`}</p>
<p>${count(overall.queries)} photos by ${count(overall.clusters)} authors or places, the largest with ${one(100 * overall.largest_cluster_share)} % of them.</p>
${
  side === undefined
    ? null
    : markup`<dl class="key">${key(`${main}: within 25 km`, side.within_percent['25'] ?? null, ' %', one)}${key('within 200 km', side.within_percent['200'] ?? null, ' %', one)}${key('median error', side.median_km, ' km', kilometres)}${key('right country', side.country_percent, ' %', one)}${key('90 % circle holds', side.coverage.circle_90_percent, ' %', one)}${key('surer half: beyond 750 km', side.risk.surer_half_percent, ' %', one)}</dl>`
}</header>`;
}

function key(name: string, interval: IntervalJson | null, unit: string, format: (value: number) => string): Markup {
  if (interval === null) return markup`<div><dt>${name}</dt><dd>–</dd></div>`;
  return markup`<div><dt>${name}</dt><dd>${format(interval.value)}${unit}<small>${range(interval, format)}</small></dd></div>`;
}

function partsSection({ parts }: Evaluation): Markup | null {
  const entries = Object.entries(parts);
  if (entries.length < 2) return null;
  return markup`<section><h2>By part</h2>${entries.map(
    ([
      name,
      figures,
    ]) => markup`${figuresTable(figures, `${name}: ${count(figures.queries)} photos by ${count(figures.clusters)} authors or places`)}
<div class="figures">${coverageFigure(figures, mainSide(Object.keys(figures.sides)))}${reliabilityDiagram(figures, mainSide(Object.keys(figures.sides)))}</div>`,
  )}</section>`;
}

async function casesSection(
  title: string,
  words: string,
  cases: readonly Case[],
  options: ReportOptions,
): Promise<Markup | null> {
  if (cases.length === 0) return null;
  const shown: Markup[] = [];
  for (const one of cases) shown.push(showCase(one, await picturesOf(one, options)));
  return markup`<section><h2>${title}</h2><p class="quiet">${words}</p><div class="cases">${shown}</div></section>`;
}

async function picturesOf({ result }: Case, { readImage, readReference }: ReportOptions): Promise<CasePictures> {
  const small = async (bytes: Promise<Uint8Array | null> | undefined, sidePixels: number) => {
    const read = (await bytes) ?? null;
    return read && (await reportThumbnail(read, sidePixels));
  };
  const neighbours: (Uint8Array | null)[] = [];
  for (const { id } of result.evidence.neighbours.slice(0, NEIGHBOURS_SHOWN))
    neighbours.push(await small(readReference?.(id), NEIGHBOUR_PIXELS));
  const photo = result.file === null ? null : await small(readImage?.(result.file), PHOTO_PIXELS);
  return { photo, neighbours };
}

function nearDuplicates({ left_out, queries, unknown }: NonNullable<Evaluation['near_duplicates']>): string {
  const found = `${count(queries.length)}, ${left_out ? 'left out' : 'kept among the photos, which flatters the figures'}`;
  return unknown.length === 0 ? found : `${found}; unknown of ${count(unknown.length)}, a neighbour’s file being gone`;
}

function runSection({ skipped, in_index, near_duplicates, took_ms, overall }: Evaluation): Markup {
  const stages = Object.entries(took_ms.stages).map(([name, ms]) => [name, `${count(Math.round(ms))} ms in all`]);
  const rows = [
    ['search', `${took_ms.search.median.toFixed(2)} ms a photo (median), ${took_ms.search.p99.toFixed(2)} at 99 %`],
    ['judge', `${took_ms.judge.median.toFixed(2)} ms a photo (median), ${took_ms.judge.p99.toFixed(2)} at 99 %`],
    ...stages,
    ['queries in the index', `${count(in_index)}, left out of their own evidence`],
    ...(near_duplicates === null ? [] : [['near-duplicates of the index', nearDuplicates(near_duplicates)]]),
    [
      'skipped',
      `${count(skipped.total)}${
        skipped.total === 0
          ? ''
          : `: ${Object.entries(skipped.by_code)
              .map(([code, n]) => `${code} ${n}`)
              .join(', ')}`
      }`,
    ],
    ...verdictParts(overall).map(({ name, percent, wrong }) => [
      `verdict ${name}`,
      `${one(percent)} %${wrong === null ? '' : `, of which ${one(wrong)} % are wrong at the level they name`}`,
    ]),
  ];
  return markup`<section><h2>The run</h2>${scrolling(markup`<table class="run"><tbody>${rows.map(([name, text]) => markup`<tr><th scope="row">${name ?? ''}</th><td>${text ?? ''}</td></tr>`)}</tbody></table>`)}</section>`;
}
