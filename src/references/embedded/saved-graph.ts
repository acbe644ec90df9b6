import { type GraphFile, type GraphVisitor, inspectGraphFile } from './inspect-graph-file.js';
import { is, isText, isWhole, type Shape } from './shape.js';

export interface GraphParameters {
  readonly dimension: number;
  /** Links per point and level (twice as many on level 0). */
  readonly m: number;
  readonly efConstruction: number;
}

/** What identifies a saved graph: it is compared when the file is read again. */
export interface SavedGraph {
  readonly sha256: string;
  readonly bytes: number;
  readonly count: number;
  readonly deleted: number;
  readonly dimension: number;
  readonly metric: 'ip';
  readonly m: number;
  readonly ef_construction: number;
}

export const SAVED_GRAPH: Shape<SavedGraph> = {
  sha256: isText,
  bytes: isWhole,
  count: isWhole,
  deleted: isWhole,
  dimension: isWhole,
  metric: is('ip'),
  m: isWhole,
  ef_construction: isWhole,
};

/** What a file is to be when it is read again. */
export function describeGraph(file: GraphFile): SavedGraph {
  return {
    sha256: file.sha256,
    bytes: file.bytes,
    count: file.count,
    deleted: file.deletedCount,
    dimension: file.dimension,
    metric: 'ip',
    m: file.m,
    ef_construction: file.efConstruction,
  };
}

function firstDifference(file: GraphFile, expected: SavedGraph): string | null {
  const found = describeGraph(file);
  for (const key of Object.keys(found) as (keyof SavedGraph)[]) {
    if (found[key] !== expected[key]) return `its ${key} is ${found[key]}, expected ${expected[key]}`;
  }
  return null;
}

/**
 * Reads a graph's file from end to end.
 * @param expected null where any sound file will do
 * @returns null and the reason when it is not to be trusted.
 */
export function readSavedGraph(
  path: string,
  expected: SavedGraph | null,
  visitor?: GraphVisitor,
): { graph: GraphFile } | { graph: null; problem: string } {
  let inspected: ReturnType<typeof inspectGraphFile>;
  try {
    inspected = inspectGraphFile(path, visitor);
  } catch (error) {
    return { graph: null, problem: `it could not be read (${(error as NodeJS.ErrnoException).code ?? error})` };
  }
  if (inspected.graph === null || expected === null) return inspected;
  const problem = firstDifference(inspected.graph, expected);
  return problem === null ? inspected : { graph: null, problem };
}
