import type { Retrieved } from '../locate/retrieve.js';
import type { SideAnswer } from './score-answer.js';

/**
 * The position of the most alike reference as a side: what every blend has to be worth more than. It promises nothing: no
 * circles, and doubt about everything alike.
 */
export function nearestSide({ neighbours }: Pick<Retrieved, 'neighbours'>): SideAnswer | null {
  const [first] = neighbours;
  return first === undefined ? null : { point: first.point, probability: 0, spread: 1, radius50Km: 0, radius90Km: 0 };
}
