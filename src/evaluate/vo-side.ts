import type { Retrieved } from '../locate/retrieve.js';
import { voAnswer } from '../locate/vo.js';
import type { SideAnswer } from './score-answer.js';

/** Vo et al.'s (2017) answer as a side. It has no circles, and the same doubt about every answer. */
export function voSide({ neighbours }: Pick<Retrieved, 'neighbours'>): SideAnswer | null {
  const answer = voAnswer(neighbours);
  return answer && { point: answer.point, probability: 0, spread: 1, radius50Km: 0, radius90Km: 0 };
}
