import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { LocateAnswer } from '../../api/types.js';
import { print } from '../print.js';
import { askServer } from './check-server.js';

/** Largest difference of a probability: a cluster's scores are within 1e-3 of the folder's. */
const PROBABILITY_TOLERANCE = 1e-3;

/**
 * Asks a server of a folder, and servers of a copy in turn, where photos were taken. Prints how well the answers agree, and
 * each photo whose first candidate differs. Resolves to whether all agree.
 */
export async function compareAnswers(
  own: string,
  others: readonly string[],
  photos: readonly string[],
): Promise<boolean> {
  let same = 0;
  let most = 0;
  for (const [i, photo] of photos.entries()) {
    const bytes = await readFile(photo);
    const other = others[i % others.length] ?? own;
    const [here, there] = await Promise.all([own, other].map((url) => firstOf(url, bytes, photo)));
    const differs = Math.abs((here?.probability ?? 0) - (there?.probability ?? 0));
    most = Math.max(most, differs);
    if (here?.name === there?.name && differs <= PROBABILITY_TOLERANCE) same++;
    else print(`DIFFERS  ${photo}: ${describe(here)} in the folder, ${describe(there)} in the cluster`);
  }
  print(
    `${same} of ${photos.length} photos have the same first candidate in the folder and in the cluster, asked by ${others.length} servers in turn; probabilities differ by at most ${most.toExponential(1)}.`,
  );
  return same === photos.length;
}

interface First {
  readonly name: string;
  readonly probability: number;
}

async function firstOf(url: string, bytes: Uint8Array, photo: string): Promise<First | undefined> {
  const answer = await askServer<LocateAnswer>(`${url}/v1/locate`, bytes, basename(photo));
  const [best] = answer.candidates;
  return best && { name: `${best.point.lat}, ${best.point.lon}`, probability: best.probability };
}

function describe(first: First | undefined): string {
  return first === undefined ? 'no candidate' : `${first.name} (${first.probability})`;
}
