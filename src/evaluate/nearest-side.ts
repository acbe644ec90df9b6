import type { Retrieved } from '../locate/retrieve.js';
import type { SideAnswer } from './score-answer.js';

/**
 * The position of the nearest reference as a side, which every blend has to beat. It has no circles, and the same doubt about
 * every answer.
 */
export function nearestSide({ neighbours }: Pick<Retrieved, 'neighbours'>): SideAnswer | null {
  const [first] = neighbours;
  return first === undefined ? null : { point: first.point, probability: 0, spread: 1, radius50Km: 0, radius90Km: 0 };
}
