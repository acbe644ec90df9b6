import type { GeoPoint } from '../../domain/geo-point.js';
import { present } from '../../domain/present.js';
import type { QueryResult } from '../query-result.js';
import { figure } from './figure.js';
import { greatCircle } from './great-circle.js';
import { type Markup, markup, trusted } from './markup.js';
import { count, kilometres, one } from './numbers.js';
import { bordersPath, landPath } from './outline.js';
import { path } from './plot.js';
import { MAP_ASPECT, onMap } from './projection.js';
import { ERROR_CLASSES, errorTone } from './tones.js';

const WIDTH = 1000;
const LINES_MAX = 800;
const DOTS_MAX = 3_000;
/** A shorter line is hidden by its dot. */
const LINE_MIN_KM = 100;

interface Shown {
  readonly id: string;
  readonly truth: GeoPoint;
  readonly point: GeoPoint;
  readonly errorKm: number;
}

/** The errors on a map: dots at the truths, lines to the answers. */
export function errorMap(results: readonly QueryResult[], side: string): Markup {
  const all = results.flatMap(({ id, truth, sides }): Shown[] => {
    const answer = sides[side];
    return answer ? [{ id, truth, point: answer.point, errorKm: answer.errorKm }] : [];
  });
  const shown = everyNth(all, DOTS_MAX);
  const far = shown.filter(({ errorKm }) => errorKm >= LINE_MIN_KM);
  const lines = everyNth(far, LINES_MAX);
  const height = Math.round(WIDTH / MAP_ASPECT);
  const drawn = markup`<p class="legend">${ERROR_CLASSES.map(({ tone, name }) => markup`<span><svg viewBox="0 0 10 10" class="${tone}" aria-hidden="true"><circle cx="5" cy="5" r="4"/></svg>${name}</span> `)}</p>
<div class="scroll" tabindex="0"><svg class="map" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="World map: where the photos were taken, coloured by the error of the ${side}, with lines to its answers">
<path class="globe" d="${trusted(frame(height))}"/><clipPath id="land"><path d="${trusted(landPath(WIDTH))}"/></clipPath>
<g clip-path="url(#land)"><path class="land" d="${trusted(frame(height))}"/><path class="border" d="${trusted(bordersPath(WIDTH))}"/></g>
${lines.map(({ truth, point, errorKm }) => markup`<path class="way ${errorTone(errorKm)}" d="${trusted(way(truth, point))}"/>`)}
${shown.map(({ id, truth, errorKm }) => dot(truth, errorTone(errorKm), `${id}: ${kilometres(errorKm)} km`))}
</svg></div>`;
  const left = [
    shown.length < all.length ? `${count(shown.length)} of ${count(all.length)} photos` : null,
    lines.length < far.length ? `${count(lines.length)} of ${count(far.length)} lines` : null,
  ].filter((text) => text !== null);
  const inClass = ERROR_CLASSES.map(({ tone }) => all.filter(({ errorKm }) => errorTone(errorKm) === tone).length);
  return figure({
    heading: `Where the ${side} errs`,
    drawn,
    words: `Dots are where photos were taken, lines of ${LINE_MIN_KM} km and more lead to the answer. ${left.length > 0 ? `Drawn of many: ${left.join(', ')}.` : ''}`,
    head: ['error', 'photos', '%'],
    rows: ERROR_CLASSES.map(({ name }, i) => [
      name,
      count(present(inClass[i])),
      one((100 * present(inClass[i])) / Math.max(1, all.length)),
    ]),
  });
}

function dot(point: GeoPoint, tone: string, title: string): Markup {
  const [x, y] = onMap(point, WIDTH).map(tenth);
  return markup`<circle class="${tone}" cx="${present(x)}" cy="${present(y)}" r="3"><title>${title}</title></circle>`;
}

function way(from: GeoPoint, to: GeoPoint): string {
  return greatCircle(from, to)
    .map((piece) => path(piece.map((point) => pixel(point))))
    .join('');
}

/** The globe's edge, down one side of 180° and up the other. */
function frame(height: number): string {
  const lats = Array.from({ length: 37 }, (_, i) => 90 - 5 * i);
  const right = lats.map((lat) => pixel({ lat, lon: 180 }));
  return `${path([...right, ...right.toReversed().map(([x, y]) => [tenth(WIDTH - x), Math.min(y, height)] as const)])}z`;
}

function pixel(point: GeoPoint): readonly [number, number] {
  const [x, y] = onMap(point, WIDTH);
  return [tenth(x), tenth(y)];
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

function everyNth<T>(all: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, all.length / most);
  return all.length <= most ? all : Array.from({ length: most }, (_, i) => present(all[Math.floor(i * step)]));
}
