import { fault } from '../../domain/errors.js';
import { pathId } from '../path-id.js';
import { call, type Route, type RouteParts } from '../route.js';

export function deleteReferenceRoute({ parts }: RouteParts): Route {
  return {
    ...call('DELETE /v1/references/{id}'),
    scope: 'write',
    summary: 'Takes a reference away',
    description: 'With its vector, its sources and, where the index keeps them, its bytes.',
    problems: [404, 409, 503],
    handle: async (request, response) => {
      const id = pathId(request);
      if (!(await parts.deleteReference(id))) {
        throw fault('reference_not_found', `There is no reference with the id '${id}'.`);
      }
      response.status(204).end();
    },
  };
}
