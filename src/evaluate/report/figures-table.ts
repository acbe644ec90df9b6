import { PROTOCOL_RADII_KM } from '../../locate/decide.js';
import type { Difference, Evaluation, Figures, FloorFigures, IntervalJson, PublishedRow } from '../evaluation.js';
import { type Markup, markup } from './markup.js';
import { kilometres, one, range, signed } from './numbers.js';

const RADII = PROTOCOL_RADII_KM.map(String);

/** The sides in rows, each figure over its 95 % interval; below them the floors and what others published. */
export function figuresTable(
  figures: Figures,
  caption: string,
  beside: { readonly floors?: Evaluation['floors']; readonly published?: Evaluation['published'] } = {},
): Markup {
  const { floors = null, published = null } = beside;
  return scrolling(markup`<table><caption>${caption}</caption>
<thead><tr><th scope="col">side</th>${RADII.map((radius) => markup`<th scope="col">${radius} km</th>`)}<th scope="col">GeoScore</th><th scope="col">median km</th><th scope="col">mean km</th><th scope="col">country</th><th scope="col">region</th><th scope="col">city</th></tr></thead>
<tbody>${Object.entries(figures.sides).map(
    ([
      name,
      side,
    ]) => markup`<tr${name === 'blend' ? markup` class="main"` : null}><th scope="row">${name}${side.answered < figures.queries ? markup`<small>answered ${side.answered}</small>` : null}</th>
${RADII.map((radius) => cell(side.within_percent[radius] ?? null, one))}${cell(side.geoscore, (value) => value.toFixed(0))}${cell(side.median_km, kilometres)}${cell(side.mean_km, kilometres)}${cell(side.country_percent, one)}${cell(side.region_percent, one)}${cell(side.city_percent, one)}</tr>`,
  )}</tbody>
${floors === null ? null : markup`<tbody class="quiet"><tr><th colspan="12" scope="rowgroup">without looking at the photos</th></tr>${floorRow('best constant point', floors.constant)}${floors.random_city === null ? null : floorRow('a city by population', floors.random_city)}</tbody>`}
${published === null ? null : markup`<tbody class="quiet"><tr><th colspan="12" scope="rowgroup">published for ${published.benchmark}, not measured here; blank where the source gives none</th></tr>${published.rows.map(publishedRow)}</tbody>`}
</table>`);
}

function cell(interval: IntervalJson | null, format: (value: number) => string): Markup {
  if (interval === null) return markup`<td></td>`;
  return markup`<td>${format(interval.value)}<small>${range(interval, format)}</small></td>`;
}

function floorRow(name: string, floor: FloorFigures): Markup {
  return markup`<tr><th scope="row">${name}</th>${RADII.map((radius) => markup`<td>${one(floor.within_percent[radius] ?? Number.NaN)}</td>`)}<td>${floor.geoscore.toFixed(0)}</td><td></td><td>${kilometres(floor.mean_km)}</td><td></td><td></td><td></td></tr>`;
}

function publishedRow({ method, within_percent, source }: PublishedRow): Markup {
  return markup`<tr><th scope="row">${method}<small>${source}</small></th>${RADII.map((radius) => {
    const value = within_percent[radius] ?? null;
    return markup`<td>${value === null ? null : one(value)}</td>`;
  })}<td colspan="6"></td></tr>`;
}

/** Paired differences in points; those whose interval leaves out 0 stand out. */
export function differencesTable(differences: readonly Difference[], caption: string): Markup | null {
  if (differences.length === 0) return null;
  return scrolling(markup`<table><caption>${caption}</caption>
<thead><tr><th scope="col">difference</th>${RADII.map((radius) => markup`<th scope="col">${radius} km</th>`)}<th scope="col">GeoScore</th></tr></thead>
<tbody>${differences.map(
    (difference) => markup`<tr><th scope="row">${difference.of} − ${difference.against.replace('_', ' ')}</th>
${RADII.map((radius) => differenceCell(difference.within_percent[radius] ?? null, difference.better?.[radius] ?? null))}${differenceCell(difference.geoscore, difference.better?.geoscore ?? null)}</tr>`,
  )}</tbody></table>`);
}

function differenceCell(interval: IntervalJson | null, better: string | null): Markup {
  if (interval === null) return markup`<td></td>`;
  const sign = interval.low > 0 ? 'gain' : interval.high < 0 ? 'loss' : 'even';
  return markup`<td class="${sign}">${signed(interval.value)}<small>${signed(interval.low)} to ${signed(interval.high)}${better === null ? null : markup`<br>${better}`}</small></td>`;
}

/** Wide tables scroll by themselves, by keyboard too. */
export function scrolling(table: Markup): Markup {
  return markup`<div class="scroll" tabindex="0">${table}</div>`;
}
