import { createHash } from 'node:crypto';
import { type Reference, referenceId, type Source } from '../../src/domain/reference.js';
import { seededRandom as seeded } from '../../src/domain/seeded-random.js';
import { toUnitVector, type UnitVector } from '../../src/domain/unit-vector.js';

import { PointGraph } from '../../src/references/embedded/point-graph.js';

export { temporaryFolder } from './temporary-folder.js';
export { seeded };

export const MODEL = { modelId: 'a'.repeat(64), modelName: 'test/model', dimension: 32 };

/** The unit vector of reference `i`: always the same one. */
export function vectorOf(i: number, dimension: number = MODEL.dimension): UnitVector {
  const random = seeded(i * 7919 + 1);
  return toUnitVector(Array.from({ length: dimension }, () => random() + random() + random() - 1.5));
}

/** Where a table keeps its vectors. */
export function emptyGraph(): PointGraph {
  return PointGraph.create({ dimension: MODEL.dimension, m: 16, efConstruction: 200 });
}

export function sha256Of(i: number): string {
  return createHash('sha256').update(`photo ${i}`).digest('hex');
}

export function idOf(i: number): string {
  return referenceId(sha256Of(i));
}

/** Reference `i`, somewhere of its own. */
export function referenceOf(i: number, facts: Partial<Reference> = {}): Reference {
  const random = seeded(i * 104_729 + 2);
  return {
    id: idOf(i),
    sha256: sha256Of(i),
    width: 640,
    height: 480,
    bytes: 1000 + i,
    point: { lat: random() * 170 - 85, lon: random() * 360 - 180 },
    headingDeg: null,
    altitudeM: null,
    capturedAt: null,
    author: null,
    sequence: null,
    licence: null,
    attribution: null,
    url: null,
    iso2: null,
    ...facts,
  };
}

export function sourceOf(i: number, facts: Partial<Source> = {}): Source {
  return {
    root: '/photos',
    path: `${i}.jpg`,
    bytes: 1000 + i,
    mtimeMs: 1_700_000_000_000 + i,
    point: referenceOf(i).point,
    factsHash: 'hash',
    ctimeMs: 1_700_000_000_000.5 + i,
    inode: `${i}`,
    origin: { from: 'photo', manifest: null, track: null },
    ...facts,
  };
}

/** Waits until `holds` does, for at most `withinMs`. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<boolean> {
  const until = Date.now() + withinMs;
  while (Date.now() < until) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
