import { Random } from './random.js';

export type TownSplit = 'train' | 'index' | 'fresh';

/**
 * Which use a town is for, by a hash of its id alone, so that no list has to be kept:
 * `train` (60 %) may be seen by the pocket model's training and by nothing else; `index` (20 %) stands in demo and
 * benchmark indexes; `fresh` (20 %) is asked about without being indexed. A test or a demo that used a training town
 * would measure memory.
 */
export function townSplit(townId: string): TownSplit {
  const share = new Random(`streetdex pocket split ${townId}`).next();
  if (share < 0.6) return 'train';
  return share < 0.8 ? 'index' : 'fresh';
}
