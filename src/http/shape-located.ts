import type { LocateAnswer } from '../api/types.js';
import { coarsen } from '../locate/coarsen.js';
import type { QueryAnswer } from '../locate/locate-answer.js';
import { thumbnailUrl } from './shape-reference.js';

/** An answer as the API gives it: no more exact than `roundKm`, and with where the pictures of its neighbours are served. */
export function shapeLocated(exact: QueryAnswer, roundKm: number): LocateAnswer {
  const answer = coarsen(exact, roundKm);
  const neighbours = answer.neighbours.map((neighbour) => ({ ...neighbour, thumbnail: thumbnailUrl(neighbour.id) }));
  return { ...answer, neighbours };
}
