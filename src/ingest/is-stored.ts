import type { PhotoFacts } from '../domain/reference.js';

/** Whether an index has these very facts of a photo, whatever else it has. */
export function isStored(facts: PhotoFacts, stored: PhotoFacts | null): boolean {
  if (stored === null) return false;
  const { point, ...others } = facts;
  const names = Object.keys(others) as (keyof typeof others)[];
  const same = stored.point.lat === point.lat && stored.point.lon === point.lon;
  return same && names.every((name) => stored[name] === others[name]);
}
