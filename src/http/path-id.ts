import type { Request } from 'express';

/** The `{id}` of a path. @throws RangeError where the route's path has none, which is a fault of ours */
export function pathId(request: Request): string {
  const { id } = request.params;
  if (typeof id === 'string') return id;
  throw new RangeError('Expected a route whose path has an {id}.');
}
