import { present } from '../../../domain/present.js';

/** More copies of one channel than this would be a product of their own. */
const COPIES_MAX = 32;
/** Copies of all channels together are at most this share of the channels: each is more to multiply. */
const SHARE_MAX = 1 / 8;
/** How far beyond the median a channel may reach. Half of it halves no error further, and doubles the copies. */
const REACH_MAX = 4;

/**
 * Channels that a product is to be given more than once, with the weights of each divided among its copies (Zhao et al.
 * 2019, outlier channel splitting): the product stays what it is, and the weights of a channel that smoothing has made
 * large have so many more steps instead of setting the scale for all others. A channel's reach is its largest |input|
 * times its largest |weight|, which no smoothing changes.
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

/** [channels]: how often each is there, 1 or more. */
export function timesThere(channels: number, further: Int32Array): Int32Array {
  const times = new Int32Array(channels).fill(1);
  for (const channel of further) times[channel] = present(times[channel]) + 1;
  return times;
}

/** What copy `copy` of `times` has of a whole number: they differ by 1 at most, and their sum is the number. */
export function shareOf(whole: number, copy: number, times: number): number {
  return Math.floor((whole * (copy + 1)) / times) - Math.floor((whole * copy) / times);
}
