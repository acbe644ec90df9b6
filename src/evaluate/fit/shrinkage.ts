import { present } from '../../domain/present.js';
import { type Knob, toScale } from './knobs.js';

/** Expected distance of settings from the defaults: one standard deviation, in shares of a knob's box. */
const EXPECTED_SHARE = 0.25;

/**
 * A mean loss with a penalty that keeps small fits near the defaults: Σ ((u − u_0)/0.25)²/(2A) over the knobs, with u the place
 * between a knob's bounds on its own scale (mostly logarithmic) and A the number of clusters. It is the density of a normal
 * prior about the defaults (ridge regression: Hoerl and Kennard 1970), so it fades as clusters grow: at 100 of them half a box
 * costs 0.02 nats.
 *
 * @param towards in the order of the knobs; null for one without a default, which is left free
 */
export function shrunk(
  knobs: readonly Knob[],
  towards: readonly (number | null)[],
  clusters: number,
  loss: (values: number[]) => number,
): (values: number[]) => number {
  const pulls = knobs.flatMap((knob, i) => {
    const target = towards[i] ?? null;
    return target === null ? [] : [{ knob, i, at: shareOf(knob, target) }];
  });
  return (values) => {
    const squares = pulls.reduce(
      (sum, { knob, i, at }) => sum + ((shareOf(knob, present(values[i])) - at) / EXPECTED_SHARE) ** 2,
      0,
    );
    return loss(values) + squares / (2 * clusters);
  };
}

/** Sum of the queries' weights: those of one cluster weigh 1 together. */
export function clustersOf(views: readonly { readonly weight: number }[]): number {
  return views.reduce((sum, { weight }) => sum + weight, 0);
}

/** A value's place between the knob's bounds, 0 to 1 on its own scale. */
export function shareOf(knob: Knob, value: number): number {
  const [low, high] = [toScale(knob, knob.low), toScale(knob, knob.high)];
  return (toScale(knob, value) - low) / (high - low);
}
