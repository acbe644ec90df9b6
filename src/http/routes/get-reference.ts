import type { PlacedReference } from '../../api/types.js';
import { fault } from '../../domain/errors.js';
import { coarsenPlace } from '../../locate/coarsen.js';
import { describePlace } from '../../locate/describe-neighbour.js';
import type { ReferenceReader, StoredReference } from '../../references/reader.js';
import { pathId } from '../path-id.js';
import { call, type Route, type RouteParts } from '../route.js';
import { shapeReference } from '../shape-reference.js';

export function getReferenceRoute({ parts, shapePoints }: RouteParts): Route {
  return {
    ...call('GET /v1/references/{id}'),
    scope: 'read',
    summary: 'One reference',
    problems: [404, 503],
    handle: async (request, response) => {
      const reference = await findReference((await parts.index()).reader, pathId(request));
      const nearest = describePlace(await parts.gazetteer(), reference.point);
      const place = coarsenPlace(nearest, parts.config.round_km);
      response
        .setHeader('Cache-Control', 'private, no-cache')
        .json(shapePoints<PlacedReference>({ ...shapeReference(reference), place }));
    },
  };
}

/** @throws `reference_not_found` */
export async function findReference(references: ReferenceReader, id: string): Promise<StoredReference> {
  const reference = await references.get(id);
  if (reference === null) throw fault('reference_not_found', `There is no reference with the id '${id}'.`);
  return reference;
}
