import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { LocateAnswer } from '../../api/types.js';
import { present } from '../../domain/present.js';
import { distanceKm } from '../../geo/distance.js';
import { print } from '../print.js';
import type { DemoQuery, DemoWorld } from './demo-world.js';

/** Share of the check's queries in indexed towns that must be answered within 200 km. */
const WITHIN_200_KM_MIN = 0.5;

interface SimilarAnswer {
  readonly results: readonly { readonly id: string; readonly score: number }[];
}

/**
 * Asks a running server over HTTP as a user would, and checks the answers: that it is ready, knows its references, finds a
 * reference by its own photo, and places scenes it has never seen. Prints each check; resolves to whether all held.
 */
export async function checkServer(url: string, world: DemoWorld): Promise<boolean> {
  const checks: boolean[] = [];
  const check = (name: string, holds: boolean, found: unknown) => {
    checks.push(holds);
    print(`${holds ? 'ok  ' : 'FAIL'}  ${name}${holds ? '' : `: ${JSON.stringify(found)}`}`);
  };

  const ready = await fetch(`${url}/readyz`);
  check('the server is ready', ready.status === 200, ready.status);
  const index = (await (await fetch(`${url}/v1/index`)).json()) as { references: number };
  check(`the index holds ${world.references} references`, index.references === world.references, index);

  const list = (await (await fetch(`${url}/v1/references?limit=1`)).json()) as { references: { id: string }[] };
  const id = list.references[0]?.id ?? 'none';
  const image = await fetch(`${url}/v1/references/${id}/image`);
  const own = await askServer<SimilarAnswer>(`${url}/v1/similar`, new Uint8Array(await image.arrayBuffer()), 'own.jpg');
  const [first] = own.results;
  check('a reference is found by its own photo', first?.id === id && first.score >= 0.999, own.results.slice(0, 2));

  const indexed = world.queries.filter((query) => query.indexed);
  const answers = await Promise.all(indexed.map((query) => locate(url, query)));
  check(
    'every answer has candidates, radii and evidence',
    answers.every(
      ({ candidates, neighbours, captions }) =>
        candidates.every((c) => c.probability > 0 && c.radius_90_km >= c.radius_50_km && c.radius_50_km > 0) &&
        candidates.length > 0 &&
        neighbours.length > 0 &&
        captions.length > 0,
    ),
    answers[0],
  );
  check(
    'every answer was checked: its verdict says how far to rely on it',
    answers.every(({ verdict }) => verdict.unchecked === null),
    answers.map(({ verdict }) => verdict.unchecked),
  );
  const sample = await fetch(`${url}/v1/samples/1`);
  check('the page has scenes to try', sample.headers.get('content-type')?.startsWith('image/') === true, sample.status);
  const errors = answers.map((answer, i) => {
    const [best] = answer.candidates;
    return best === undefined ? Number.POSITIVE_INFINITY : distanceKm(best.point, present(indexed[i]));
  });
  const near = errors.filter((km) => km <= 200).length;
  check(
    `${near} of ${errors.length} new scenes of indexed towns are placed within 200 km (at least ${WITHIN_200_KM_MIN * errors.length})`,
    near >= WITHIN_200_KM_MIN * errors.length,
    errors,
  );
  const broken = await fetch(`${url}/v1/locate`, { method: 'POST', body: form(new Uint8Array([1, 2, 3]), 'no.jpg') });
  const problem = (await broken.json()) as { code?: string };
  check(
    'a file that is no picture gets a problem with a code',
    broken.status === 422 && problem.code !== undefined,
    problem,
  );
  return checks.every(Boolean);
}

async function locate(url: string, query: DemoQuery): Promise<LocateAnswer> {
  return askServer(`${url}/v1/locate`, await readFile(query.file), basename(query.file));
}

/** Asks about a photo, again where the server is busy. */
export async function askServer<T>(url: string, bytes: Uint8Array, name: string): Promise<T> {
  const response = await fetch(url, { method: 'POST', body: form(bytes, name) });
  if (response.status === 429) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    return askServer(url, bytes, name);
  }
  return (await response.json()) as T;
}

function form(bytes: Uint8Array, name: string): FormData {
  const body = new FormData();
  // Read from a file, so its memory is not shared.
  body.set('image', new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' }), name);
  return body;
}
