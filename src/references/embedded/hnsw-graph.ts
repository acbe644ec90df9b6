import { dirname } from 'node:path';
import hnswlib from 'hnswlib-node';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { diskError, diskFull, freeBytes, removeDraft, renameInto } from '../../store/atomic-write.js';
import { inspectGraphFile } from './inspect-graph-file.js';
import { describeGraph, type GraphParameters, readSavedGraph, type SavedGraph } from './saved-graph.js';

const LARGEST_LABEL = 2 ** 32 - 2;
const SEED = 100;
const ABSENT = 0;
const LIVE = 1;
const DELETED = 2;

/**
 * The only user of hnswlib-node, which crashes the process or silently corrupts the graph on input that it does not expect: all
 * of it is checked here first. The space is the inner product: the vectors are unit length already, and the cosine space would
 * normalise them once more in float32, so that the graph's bits were not those of the store.
 */
export class HnswGraph {
  readonly parameters: GraphParameters;
  readonly #native: hnswlib.HierarchicalNSW;
  #states = new Uint8Array(1024);
  #count = 0;
  #deleted = 0;

  private constructor(native: hnswlib.HierarchicalNSW, parameters: GraphParameters) {
    this.#native = native;
    this.parameters = parameters;
  }

  /** An empty graph with room for `capacity` points; it grows by itself. */
  static create(parameters: GraphParameters, capacity = 1024): HnswGraph {
    const { dimension, m, efConstruction } = parameters;
    if (!isWhole(dimension, 1, 65_536) || !isWhole(m, 2, 512) || !isWhole(efConstruction, 1, 100_000)) {
      throw new RangeError(`Unusable parameters of a graph: ${JSON.stringify(parameters)}.`);
    }
    const native = new hnswlib.HierarchicalNSW('ip', dimension);
    native.initIndex(Math.max(1, Math.ceil(capacity)), m, efConstruction, SEED);
    return new HnswGraph(native, parameters);
  }

  /**
   * Reads a graph from a file that was inspected link by link and, where `expected` is given, is exactly that file.
   * Always into a fresh native object: a failed read leaves a used one with a dangling pointer.
   * @returns the graph, or null with the reason for which the file is not to be trusted.
   */
  static load(path: string, expected: SavedGraph | null): { graph: HnswGraph } | { graph: null; problem: string } {
    const checked = readSavedGraph(path, expected);
    if (checked.graph === null) return checked;
    const file = checked.graph;
    const parameters = { dimension: file.dimension, m: file.m, efConstruction: file.efConstruction };
    // hnswlib reads an empty graph as one without room.
    if (file.count === 0) return { graph: HnswGraph.create(parameters) };
    const native = new hnswlib.HierarchicalNSW('ip', file.dimension);
    native.readIndexSync(path);
    const graph = new HnswGraph(native, parameters);
    for (let i = 0; i < file.count; i++)
      graph.#setState(present(file.labels[i]), file.deleted[i] === 1 ? DELETED : LIVE);
    graph.#count = file.count;
    graph.#deleted = file.deletedCount;
    return { graph };
  }

  /** Points in the graph, deleted ones too. */
  get count(): number {
    return this.#count;
  }

  get deleted(): number {
    return this.#deleted;
  }

  /** Whether a search can find this label. */
  has(label: number): boolean {
    return this.#states[label] === LIVE;
  }

  /** Calls `visit` with every label that a search can find, ascending. */
  forEachLabel(visit: (label: number) => void): void {
    for (let label = 0; label < this.#states.length; label++) if (this.#states[label] === LIVE) visit(label);
  }

  /**
   * Adds a point. A label can be added once only, even after its deletion.
   * @throws `graph_misused` for a wrong dimension, a value that is not finite, or a label out of range or in use.
   */
  add(label: number, vector: Float32Array): void {
    if (!isWhole(label, 0, LARGEST_LABEL)) throw misused(`label ${label} is out of range`);
    if ((this.#states[label] ?? ABSENT) !== ABSENT) throw misused(`label ${label} is in use`);
    const point = this.#checked(vector);
    const room = this.#native.getMaxElements();
    if (this.#count >= room) this.#native.resizeIndex(Math.ceil(room * 1.5) + 1024);
    this.#native.addPoint(point, label);
    this.#setState(label, LIVE);
    this.#count++;
  }

  /** Hides a point from searches; its links stay until the graph is rebuilt. @returns false when it is not there */
  markDeleted(label: number): boolean {
    if (!this.has(label)) return false;
    this.#native.markDelete(label);
    this.#setState(label, DELETED);
    this.#deleted++;
    return true;
  }

  /** Labels of (about) the k nearest points, by descending inner product. `ef` is the breadth of the search. */
  search(query: Float32Array, k: number, ef: number): number[] {
    const most = Math.min(k, this.#count - this.#deleted);
    if (!isWhole(k, 1, 2 ** 31) || !isWhole(ef, 1, 2 ** 31)) throw misused(`k = ${k} and ef = ${ef} are out of range`);
    if (most === 0) return [];
    const point = this.#checked(query);
    // hnswlib forgets ef when it loads a file; setting it is free.
    this.#native.setEf(ef);
    return this.#native.searchKnn(point, most).neighbors;
  }

  /**
   * Writes the graph beside `path`, checks what arrived on the disk from end to end (hnswlib ignores write errors), and
   * only then renames it into place.
   * @throws `graph_not_saved`, `disk_full` (later), `disk_error`
   */
  save(path: string): SavedGraph {
    const draft = `${path}.tmp-${process.pid}`;
    try {
      this.#native.writeIndexSync(draft);
      const inspected = inspectGraphFile(draft);
      if (inspected.graph === null || inspected.graph.count !== this.#count) {
        if (freeBytes(dirname(path)) < this.#bytesAbout()) throw diskFull(path);
        const problem = inspected.graph === null ? inspected.problem : `it has ${inspected.graph.count} points`;
        throw fault(
          'graph_not_saved',
          `Expected to write a graph of ${this.#count} points to ${path}, but ${problem}.`,
        );
      }
      renameInto(draft, path);
      return describeGraph(inspected.graph);
    } catch (error) {
      throw diskError(error, path);
    } finally {
      removeDraft(draft);
    }
  }

  /** Frees the native memory now, whose size the garbage collector does not see; the graph is empty afterwards. */
  release(): void {
    this.#native.initIndex(1, this.parameters.m, this.parameters.efConstruction, SEED);
    this.#states = new Uint8Array(0);
    this.#count = 0;
    this.#deleted = 0;
  }

  /** hnswlib-node reads a plain array only, and a value that is not a number aborts the process. */
  #checked(vector: Float32Array): number[] {
    const { dimension } = this.parameters;
    if (vector.length !== dimension) throw misused(`a vector has ${vector.length} dimensions instead of ${dimension}`);
    const point = new Array<number>(dimension);
    for (let i = 0; i < dimension; i++) {
      const value = vector[i];
      if (typeof value !== 'number' || !Number.isFinite(value)) throw misused(`a vector holds ${value}`);
      point[i] = value;
    }
    return point;
  }

  #setState(label: number, state: number): void {
    if (label >= this.#states.length) {
      const grown = new Uint8Array(Math.max(label + 1, Math.ceil(this.#states.length * 1.5)));
      grown.set(this.#states);
      this.#states = grown;
    }
    this.#states[label] = state;
  }

  #bytesAbout(): number {
    const { dimension, m } = this.parameters;
    return 96 + this.#count * (8 + 4 * dimension + 8 + 8 * m + 4 * m);
  }
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function misused(what: string) {
  return fault('graph_misused', `The graph was asked for something that it can't do: ${what}.`);
}
