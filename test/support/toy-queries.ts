import { toUnitVector } from '../../src/domain/unit-vector.js';
import type { EvaluationQuery } from '../../src/evaluate/evaluation-query.js';
import { destination } from '../../src/geo/distance.js';
import { seeded, type ToyWorld } from './toy-world.js';

/**
 * Further views of the world's places: of its references (`indexed`), and of cities that have none, as their captions
 * have them (`unindexed`), in turn. Two queries a cluster, near one another.
 */
export function toyQueries(world: ToyWorld, count: number, seed: number): EvaluationQuery[] {
  const random = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const blurred = (vector: ArrayLike<number>, by: number) =>
    toUnitVector(Array.from(vector, (value) => value + (by * normal()) / Math.sqrt(vector.length)));
  const cities = world.places.filter((place) => place.level === 'city');
  const bare = cities.filter((_, i) => i % 3 === 2);
  return Array.from({ length: count }, (_, i) => {
    const cluster = i >> 1;
    const subject = Math.floor(seeded(seed + cluster)() * 1e6);
    const reference = world.references[subject % world.references.length];
    const city = bare[subject % bare.length];
    const indexed = cluster % 2 === 0;
    const vector = indexed ? reference?.vector : city && world.captions.vector(city.id);
    const point = indexed ? reference?.point : city?.point;
    if (!vector || !point) throw new RangeError('Expected a world with references and bare cities.');
    return {
      id: `query ${i}`,
      truth: destination(point, random() * 360, random() * 10),
      cluster: `author ${cluster}`,
      part: indexed ? 'indexed' : 'unindexed',
      vector: blurred(vector, indexed ? 0.6 : 0.8),
      filter: {},
      sha256: null,
      file: null,
    };
  });
}
