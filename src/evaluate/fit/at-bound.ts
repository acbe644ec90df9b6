import type { BlendProfile } from '../../locate/blend-profile.js';
import { EXPONENTS, LIMIT } from './fit-blend.js';
import { CAPTION_KNOBS } from './fit-captions.js';
import { FITTED, type FitFreedom } from './fit-profile.js';
import { gateKnobs, TEMPERATURE } from './fit-retrieval.js';
import type { Knob } from './knobs.js';
import { shareOf } from './shrinkage.js';

/** Values this near to a bound, in shares of the knob's box, count as at it. */
const NEAR = 0.01;

/**
 * Fitted parameters at a bound: the queries ask for more, or, more often, the parameter hardly matters.
 * @param bestCosines best cosines of the fitted queries, which give the gate's bounds
 */
export function atBound(
  { retrieval, captions, blend }: BlendProfile,
  freedom: FitFreedom,
  bestCosines: readonly number[],
): string[] {
  const { lo, hi, tau, delta } = retrieval.not_indexed;
  const { country, region, city } = captions.temperature;
  const turned: readonly (readonly [Knob, number | null])[] = [
    [TEMPERATURE, retrieval.temperature],
    ...pairs(gateKnobs(bestCosines), [lo, hi, tau, delta]),
    ...pairs(CAPTION_KNOBS, [country, region, city, captions.population_exponent]),
    ...pairs(EXPONENTS, [blend.alpha, blend.beta, blend.gamma]),
    [LIMIT, blend.evidence_limit_nats],
  ];
  return turned.flatMap(([knob, value]) => {
    if (value === null || !FITTED[freedom].some((name) => isOf(knob.name, name))) return [];
    const share = shareOf(knob, value);
    return share < NEAR || share > 1 - NEAR ? [knob.name] : [];
  });
}

/** `not_indexed.lo` is of `retrieval.not_indexed`, `captions.temperature.city` of `captions.temperature (one factor)`. */
function isOf(knob: string, fitted: string): boolean {
  const name = fitted.replace(' (one factor)', '');
  return knob === name || knob.startsWith(`${name}.`) || `retrieval.${knob}`.startsWith(`${name}.`);
}

function pairs(knobs: readonly Knob[], values: readonly (number | null)[]): [Knob, number | null][] {
  return knobs.map((knob, i) => [knob, values[i] ?? null]);
}
