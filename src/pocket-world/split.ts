import { Random } from './random.js';

export type TownSplit = 'train' | 'index' | 'fresh';

/**
 * A town's use, by a hash of its id alone, so that no list is needed: `train` (60 %) is for the pocket model's training and
 * nothing else; `index` (20 %) is indexed in demos and benchmarks; `fresh` (20 %) is asked about without being indexed. A test
 * or demo with a training town would measure memorisation.
 */
export function townSplit(townId: string): TownSplit {
  const share = new Random(`streetdex pocket split ${townId}`).next();
  if (share < 0.6) return 'train';
  return share < 0.8 ? 'index' : 'fresh';
}
