// Our own: Observable Plot needs 42 packages and a DOM, vega 62 packages; the report has one kind of plot, coloured by its
// style sheet.

import { type Markup, markup, trusted } from './markup.js';

/** From data to a position: `at` gives 0 for the start of the axis and 1 for its end. */
export interface Axis {
  readonly label: string;
  readonly ticks: readonly (readonly [value: number, text: string])[];
  readonly at: (value: number) => number;
}

export interface Series {
  readonly name: string;
  /** Number of its colour and dash in the style sheet. */
  readonly tone: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A value with its interval, drawn as a dot with a whisker. */
export interface Whisker {
  readonly tone: string;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  readonly title: string;
}

export interface Plot {
  /** What the figure shows, in a sentence, for those who don't see it. */
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines?: readonly Series[];
  readonly whiskers?: readonly Whisker[];
  /** Thin lines of comparison, such as the diagonal. */
  readonly guides?: readonly (readonly [from: readonly [number, number], to: readonly [number, number]])[];
}

const WIDTH = 440;
const HEIGHT = 320;
const LEFT = 54;
const RIGHT = 20;
const TOP = 10;
const BOTTOM = 46;

/** A figure in SVG: axes, grid, lines, dots with whiskers. */
export function plot({ title, x, y, lines = [], whiskers = [], guides = [] }: Plot): Markup {
  const px = (value: number) => round(LEFT + clamp(x.at(value)) * (WIDTH - LEFT - RIGHT));
  const py = (value: number) => round(HEIGHT - BOTTOM - clamp(y.at(value)) * (HEIGHT - TOP - BOTTOM));
  const bottom = HEIGHT - BOTTOM;
  return markup`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
${y.ticks.map(([value, text]) => markup`<path class="grid" d="M${LEFT} ${py(value)}H${WIDTH - RIGHT}"/><text class="tick" x="${LEFT - 7}" y="${py(value) + 4}" text-anchor="end">${text}</text>`)}
${x.ticks.map(([value, text]) => markup`<path class="grid" d="M${px(value)} ${TOP}V${bottom}"/><text class="tick" x="${px(value)}" y="${bottom + 17}" text-anchor="middle">${text}</text>`)}
<text class="axis" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${x.label}</text>
<text class="axis" transform="translate(15 ${(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>
${guides.map(([from, to]) => markup`<path class="guide" d="M${px(from[0])} ${py(from[1])}L${px(to[0])} ${py(to[1])}"/>`)}
${lines.map(({ points, tone }) => markup`<path class="line ${tone}" d="${trusted(path(points.map(([a, b]) => [px(a), py(b)])))}"/>`)}
${whiskers.map((w) => markup`<g class="${w.tone}"><title>${w.title}</title><path class="whisker" d="M${px(w.x)} ${py(w.low)}V${py(w.high)}"/><circle cx="${px(w.x)}" cy="${py(w.y)}" r="4"/></g>`)}
</svg>`;
}

/** Names of the series, each beside a sample of its tone. */
export function legend(series: readonly { readonly name: string; readonly tone: string }[]): Markup {
  return markup`<p class="legend">${series.map(
    ({ name, tone }) =>
      markup`<span><svg viewBox="0 0 26 10" aria-hidden="true"><path class="line ${tone}" d="M1 5H25"/></svg>${name}</span> `,
  )}</p>`;
}

export function path(points: readonly (readonly [number, number])[]): string {
  return points.map(([a, b], i) => `${i === 0 ? 'M' : 'L'}${a} ${b}`).join('');
}

/** An axis of percent, 0 to 100 (or up to `to`). */
export function percentAxis(label: string, to = 100): Axis {
  const step = to / 5;
  const ticks = Array.from({ length: 6 }, (_, i) => [i * step, `${Number((i * step).toFixed(1))}`] as const);
  return { label, ticks, at: (value) => value / to };
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
