import type { GreyThumbnail, ThumbnailLevel } from './grey-thumbnail.js';
import { correlationOf, sampleWindow, WHOLE, type Window } from './sample-window.js';

/** Where one picture lies in another, and how well the two correlate there. */
export interface Alignment {
  readonly window: Window;
  readonly correlation: number;
}

/** A crop keeps at least this share of a side, less a little for rounding; smaller crops are not looked for. */
const LEAST_SHARE = 0.785;
/** The window's height follows from the crop's aspect; up to so much more than the whole counts as the whole. */
const ASPECT_SLACK = 1.02;
/** Steps of a first search, which most strangers do not pass, and of the second; in shares of the whole. */
const ROUGH_STEP = 0.05;
const STEP = 0.025;
/** Well below the correlation of a copy that is off by half a rough step; no copy of the bench was lost by it. */
const WORTH_SEARCHING = 0.65;
/** Sides of the compared squares, in pixels; the levels have 30, 60 and 120, so that any window has more pixels. */
const COARSE = 24;
const MIDDLE = 48;
const SHARP = 96;
/** With less at 24 × 24 no further search reaches a verdict's 0.96; crops to four fifths were seen at 0.92. */
const WORTH_REFINING = 0.85;
const STARTS = 3;
/** Steps in shares of the whole, by level. */
const MIDDLE_STEPS = [0.016, 0.008, 0.004];
const SHARP_STEPS = [0.004, 0.002];

/** The best place of `part` as a window of `whole`, with its own aspect; null where its shape rules that out. */
export function alignPictures(whole: GreyThumbnail, part: GreyThumbnail): Alignment | null {
  const heightPerWidth = whole.aspect / part.aspect;
  const [rough] = coarseSearch(whole, part, heightPerWidth, ROUGH_STEP);
  if (rough === undefined || rough.correlation < WORTH_SEARCHING) return rough ?? null;
  const starts = coarseSearch(whole, part, heightPerWidth, STEP);
  const [first] = starts;
  if (first === undefined || first.correlation < WORTH_REFINING) return first ?? null;
  const refine = (level: 'middle' | 'sharp', size: number, steps: readonly number[]) => (start: Alignment) =>
    climb(start, steps, heightPerWidth, correlator(whole[level], part[level], size));
  const [best] = starts
    .slice(0, STARTS)
    .map(refine('middle', MIDDLE, MIDDLE_STEPS))
    .sort(byCorrelation);
  return refine('sharp', SHARP, SHARP_STEPS)(best ?? first);
}

/** For each scale the best offset on a grid, the best scale first. */
function coarseSearch(whole: GreyThumbnail, part: GreyThumbnail, heightPerWidth: number, step: number): Alignment[] {
  const correlate = correlator(whole.coarse, part.coarse, COARSE);
  const found: Alignment[] = [];
  for (let width = 1; width >= LEAST_SHARE; width -= step) {
    const height = heightOf(width, heightPerWidth);
    if (height === null) continue;
    let best: Alignment | null = null;
    for (const left of offsets(1 - width, step))
      for (const top of offsets(1 - height, step)) {
        const window = { left, top, width, height };
        const correlation = correlate(window);
        if (best === null || correlation > best.correlation) best = { window, correlation };
      }
    if (best !== null) found.push(best);
  }
  return found.sort(byCorrelation);
}

function offsets(room: number, step: number): number[] {
  const steps = Math.ceil(room / step - 1e-9);
  return steps < 1 ? [room / 2] : Array.from({ length: steps + 1 }, (_, i) => (room * i) / steps);
}

/** Climbs in offset and scale, by ever smaller steps. */
function climb(
  start: Alignment,
  steps: readonly number[],
  heightPerWidth: number,
  correlate: (window: Window) => number,
): Alignment {
  let best = { window: start.window, correlation: correlate(start.window) };
  for (const step of steps) {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const before = best.correlation;
      for (const [across, down, wider] of MOVES) {
        const window = moved(best.window, across * step, down * step, wider * step, heightPerWidth);
        const correlation = window === null ? -1 : correlate(window);
        if (window !== null && correlation > best.correlation) best = { window, correlation };
      }
      if (best.correlation - before < GAIN_MIN) break;
    }
  }
  return best;
}

const ROUNDS_MAX = 6;
const GAIN_MIN = 1e-5;
/** Right, left, down, up; wider and narrower about the middle. */
const MOVES = [
  [1, 0, 0],
  [-1, 0, 0],
  [0, 1, 0],
  [0, -1, 0],
  [-0.5, -0.5, 1],
  [0.5, 0.5, -1],
] as const;

/** The window moved by a step; null where it would leave the picture or become too small. */
function moved(from: Window, across: number, down: number, wider: number, heightPerWidth: number): Window | null {
  const width = from.width + wider;
  const height = heightOf(width, heightPerWidth);
  if (height === null || width > 1) return null;
  const left = from.left + across;
  const top = from.top + down;
  const slack = 1e-9;
  if (left < 0 || top < 0 || left + width > 1 + slack || top + height > 1 + slack) return null;
  return { left, top, width, height };
}

/** Height of a window of this width; null where it does not fit the picture or is too small. */
function heightOf(width: number, heightPerWidth: number): number | null {
  const height = width * heightPerWidth;
  if (width < LEAST_SHARE || height < LEAST_SHARE || height > ASPECT_SLACK) return null;
  return Math.min(1, height);
}

function correlator(whole: ThumbnailLevel, part: ThumbnailLevel, size: number): (window: Window) => number {
  const own = sampleWindow(part, WHOLE, new Float32Array(size * size));
  const buffer = new Float32Array(size * size);
  return (window) => correlationOf(sampleWindow(whole, window, buffer), own);
}

function byCorrelation(a: Alignment, b: Alignment): number {
  return b.correlation - a.correlation;
}
