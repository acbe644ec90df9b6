import { present } from '../../../domain/present.js';

/** At most so many copies of one channel. */
const COPIES_MAX = 32;
/** Copies of all channels together are at most this share of the channels, since each costs time. */
const SHARE_MAX = 1 / 8;
/**
 * A channel's reach may be this many times the median. With half of it no error gets smaller, and there are twice as many
 * copies.
 */
const REACH_MAX = 4;

/**
 * Channels to repeat for a product, with the weights of each divided among its copies (Zhao et al. 2019, outlier channel
 * splitting): the product is unchanged, and a channel whose weights smoothing has made large gets more steps instead of setting
 * the scale for all others. A channel's reach is its largest |input| times its largest |weight|, which smoothing does not
 * change.
 *
 * @returns the channels to add, one entry for each further copy, ascending; empty where none reaches far, or too many do
 */
export function furtherCopies(inputMagnitudes: Float32Array, weightMagnitudes: Float32Array): Int32Array {
  const reach = Float64Array.from(inputMagnitudes, (magnitude, i) => magnitude * present(weightMagnitudes[i]));
  const median = present(reach.toSorted()[reach.length >> 1]);
  if (!(median > 0)) return new Int32Array();
  const further: number[] = [];
  for (const [channel, value] of reach.entries()) {
    const copies = Math.min(COPIES_MAX, Math.ceil(value / (REACH_MAX * median)));
    for (let copy = 1; copy < copies; copy++) further.push(channel);
  }
  return further.length > SHARE_MAX * reach.length ? new Int32Array() : Int32Array.from(further);
}

/** [channels]: number of copies of each, 1 or more. */
export function timesThere(channels: number, further: Int32Array): Int32Array {
  const times = new Int32Array(channels).fill(1);
  for (const channel of further) times[channel] = present(times[channel]) + 1;
  return times;
}

/** Share of an integer for copy `copy` of `times`: shares differ by at most 1, and add up to the number. */
export function shareOf(whole: number, copy: number, times: number): number {
  return Math.floor((whole * (copy + 1)) / times) - Math.floor((whole * copy) / times);
}
