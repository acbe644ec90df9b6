import { createHash } from 'node:crypto';
import { SPOT_KM } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import { cellAt } from '../geo/cells.js';
import { chordSquared, kmToChordSquared, toSphere } from '../geo/sphere.js';
import { dotAt } from './dot-at.js';
import { evenQuantiles, type Vote } from './even-quantiles.js';
import { GroupFinder } from './group-finder.js';
import { NearCells } from './near-cells.js';
import type { SelfSimilarity } from './summaries.js';

/** Version of the way of measuring; stored values carry it. */
export const SELF_SIMILARITY_RULE = 2;

const SCENES_MAX = 2000;
const SCENES_MIN = 100;
/** At most so many scenes of a cell: more tell nothing new about it. */
const SCENES_PER_CELL = 250;
/** At most so many founders of a cell are tried for one that has another reference near. */
const TRIED_PER_CELL = 1000;
/** Some 110 km across: a city is one or two. */
const CELL_RESOLUTION = 3;
const NEAR_KM = 25;
const NEAR = kmToChordSquared(NEAR_KM);
const SAME_SPOT = kmToChordSquared(SPOT_KM);
/** Up to so many others are compared exactly, so that the result does not depend on how the graph grew. */
export const COMPARED_MAX = 2000;
const FETCHES = [64, 512, 4096] as const;
const SHARES = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1] as const;

/** A reference's facts that the measure uses. */
export interface Scene {
  readonly id: string;
  readonly lat: number;
  readonly lon: number;
  readonly sequence: string | null;
  readonly author: string | null;
}

interface CellVectors<Row extends Scene> {
  /** Reads vectors. Called once for the scenes of each cell, which share the same others. */
  ofCell(): (row: Row) => Float32Array;
}

export interface SceneVectors<Row extends Scene> extends CellVectors<Row> {
  /** The k references most like a vector, the most alike first; null where all are compared, however many there are. */
  readonly search: ((vector: Float32Array, k: number) => readonly Row[]) | null;
}

/** A search for the caller of `selfSimilaritySteps` to do. */
export interface SceneSearch {
  readonly vector: Float32Array;
  readonly k: number;
}

/**
 * How similar an index's scenes are to its other references of the same places: for each scene (the founder of a group, groups
 * being formed in the order of ids) the cosine of the nearest reference of another author and another walk that is more than 25
 * m and at most 25 km away. An unknown author or walk is its own: it is another than any. Scenes without such a reference say
 * nothing; null where fewer than 100 have one, as in an index with one photo of most places.
 *
 * At most 2,000 scenes: the cells in turn each give the one of next smallest id (ids are hashes, so this is a fixed random
 * sample). No cell has more than one vote in the quantiles, so one place's many references change nothing elsewhere.
 *
 * @param rows in the order of their ids
 */
export function measureSelfSimilarity<Row extends Scene>(
  rows: readonly Row[],
  { ofCell, search }: SceneVectors<Row>,
): SelfSimilarity | null {
  const steps = selfSimilaritySteps(rows, { ofCell, searches: search !== null });
  for (let step = steps.next(); ; ) {
    if (step.done) return step.value;
    step = steps.next(search?.(step.value.vector, step.value.k) ?? []);
  }
}

/**
 * The same as a generator, for searches that are not answered at once: each is yielded, and the generator is resumed with its
 * hits.
 */
export function* selfSimilaritySteps<Row extends Scene>(
  rows: readonly Row[],
  vectors: CellVectors<Row> & { readonly searches: boolean },
): Generator<SceneSearch, SelfSimilarity | null, readonly Row[]> {
  const surroundings = new NearCells<Row>(NEAR_KM);
  for (const row of rows) surroundings.add(row.lat, row.lon, row);
  const sample = sampleScenes(foundersByCell(rows), (scene) => hasOther(scene, surroundings));
  if (sample.reduce((sum, { scenes }) => sum + scenes.length, 0) < SCENES_MIN) return null;
  const votes: Vote[] = [];
  for (const { cell, scenes } of sample) {
    const vectorOf = vectors.ofCell();
    for (const scene of scenes)
      votes.push({ cell, value: yield* nearestOther(scene, surroundings, vectorOf, vectors.searches) });
  }
  const quantiles = evenQuantiles(votes, SHARES);
  const at = (share: (typeof SHARES)[number]) => present(quantiles[SHARES.indexOf(share)]);
  return {
    q05: at(0.05),
    q25: at(0.25),
    count: votes.length,
    quantiles: SHARES.map((share) => [share, at(share)]),
  };
}

/** Each cell's founders by ascending id; the order of the cells does not depend on what they hold. */
function foundersByCell<Row extends Scene>(
  rows: readonly Row[],
): readonly (readonly [cell: string, founders: readonly Row[]])[] {
  const finder = new GroupFinder();
  const cells = new Map<string, Row[]>();
  for (const row of rows) {
    if (!finder.add(row.lat, row.lon, row.sequence).founded) continue;
    const cell = cellAt(row, CELL_RESOLUTION);
    const known = cells.get(cell);
    if (known) known.push(row);
    else cells.set(cell, [row]);
  }
  return [...cells]
    .map((entry) => ({ entry, order: createHash('sha256').update(entry[0]).digest('hex') }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ entry }) => entry);
}

/** Takes a scene from each cell in turn, until there are enough or none is left. */
function sampleScenes<Row extends Scene>(
  cells: readonly (readonly [cell: string, founders: readonly Row[]])[],
  counts: (scene: Row) => boolean,
): readonly { readonly cell: string; readonly scenes: readonly Row[] }[] {
  const sample = cells.map(([cell, founders]) => ({ cell, founders, next: 0, scenes: Array.of<Row>() }));
  let found = 0;
  for (let round = 0; round < SCENES_PER_CELL; round++) {
    const before = found;
    for (const one of sample) {
      const tried = Math.min(one.founders.length, TRIED_PER_CELL);
      let scene: Row | undefined;
      while (one.next < tried && scene === undefined) {
        const founder = present(one.founders[one.next++]);
        if (counts(founder)) scene = founder;
      }
      if (scene === undefined) continue;
      one.scenes.push(scene);
      if (++found === SCENES_MAX) return sample;
    }
    if (found === before) break;
  }
  return sample;
}

/** Whether a reference of another author and another walk lies near, but not at the same spot. */
function hasOther<Row extends Scene>(scene: Row, surroundings: NearCells<Row>): boolean {
  return othersOf(scene, surroundings, 1).length > 0;
}

/** Such references, at most `most`. */
function othersOf<Row extends Scene>(
  scene: Row,
  surroundings: NearCells<Row>,
  limit = Number.POSITIVE_INFINITY,
): Row[] {
  const others: Row[] = [];
  surroundings.visit(scene.lat, scene.lon, (other, chord2) => {
    if (chord2 > SAME_SPOT && isIndependent(scene, other)) others.push(other);
    return others.length >= limit;
  });
  return others;
}

function isIndependent(a: Scene, b: Scene): boolean {
  return !(a.sequence !== null && a.sequence === b.sequence) && !(a.author !== null && a.author === b.author);
}

/** Cosine of the most similar of the others: exact where they are few; where they are many, by the graph if it meets one. */
function* nearestOther<Row extends Scene>(
  scene: Row,
  surroundings: NearCells<Row>,
  vectorOf: (row: Row) => Float32Array,
  searches: boolean,
): Generator<SceneSearch, number, readonly Row[]> {
  const vector = vectorOf(scene);
  const cosine = (row: Row) => dotAt(vectorOf(row), 0, vector);
  let others = othersOf(scene, surroundings, searches ? COMPARED_MAX + 1 : Number.POSITIVE_INFINITY);
  if (searches && others.length > COMPARED_MAX) {
    for (const fetch of FETCHES) {
      const found = (yield { vector, k: fetch }).find((row) => isIndependent(scene, row) && isNear(scene, row));
      if (found !== undefined) return cosine(found);
    }
    others = othersOf(scene, surroundings);
  }
  return others.reduce((best, other) => Math.max(best, cosine(other)), Number.NEGATIVE_INFINITY);
}

function isNear(a: Scene, b: Scene): boolean {
  const chord2 = chordSquared(toSphere(a), toSphere(b));
  return chord2 > SAME_SPOT && chord2 <= NEAR;
}
