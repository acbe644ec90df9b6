import { readFile } from 'node:fs/promises';
import { fault } from '../../domain/errors.js';
import { imageType } from '../image-type.js';
import { call, type Route, type RouteParts } from '../route.js';

export function sampleRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/samples/{n}'),
    scope: 'read',
    summary: 'A photo to try the index with',
    description:
      'By its number from 1; `GET /v1/index` says how many there are. The demo keeps three scenes with its index.',
    problems: [404],
    handle: async (request, response) => {
      const path = (await parts.samples())[Number(request.params.n) - 1];
      if (path === undefined) {
        throw fault('sample_not_found', `Expected the number of a sample of this index, got ${request.params.n}.`);
      }
      response.setHeader('Cache-Control', 'private, max-age=3600');
      response.setHeader('Content-Type', (await imageType(path)) ?? 'application/octet-stream');
      response.send(await readFile(path));
    },
  };
}
