import { fault } from '../../domain/errors.js';
import { present as checked } from '../../domain/present.js';
import { seededRandom } from '../../domain/seeded-random.js';
import { DistanceHeap } from './distance-heap.js';
import type { GraphHeader } from './inspect-graph-file.js';
import { PointRows } from './point-rows.js';
import { type GraphParameters, readSavedGraph, type SavedGraph } from './saved-graph.js';
import { checkStoredVector } from './stored-vector.js';
import { UpperLinks } from './upper-links.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const SEED = 100;
const LEVEL_MAX = 255;
/** In the first word of a point, beside the number of its links. */
const DELETED = 1 << 16;
const LINKS = 0xffff;
const UNLINKED = 0;
const LINKED = 1;

/**
 * The vectors that an index is searched by, and a graph over them (Malkov and Yashunin, arXiv:1603.09320) that can be
 * read from hnswlib's file. It answers as hnswlib does, to the bit, but holds each vector once, where exact scores are
 * computed from too, and no input ends the process. Vectors that were added can be scored at once, and are found by
 * searches once they are linked. Nothing of it is ever saved.
 */
export class PointGraph {
  readonly #rows: PointRows;
  #upper: UpperLinks;
  /** By label: the number of its point and 1; 0 for none. */
  #points = new Int32Array(1024);
  /** By point. */
  #states = new Uint8Array(1024);
  /** Which search saw a point last, by point. */
  #seen = new Uint16Array(1024);
  #search = 0;
  #entry = -1;
  #topLevel = 0;
  #linked = 0;
  #deleted = 0;
  readonly #free: number[] = [];
  readonly #random = seededRandom(SEED);
  readonly #top = new DistanceHeap();
  readonly #next = new DistanceHeap();
  readonly #batch: Int32Array;
  readonly #distances: Float32Array;

  private constructor(
    readonly parameters: GraphParameters,
    blockBytes?: number,
  ) {
    const { dimension, m } = parameters;
    this.#rows = new PointRows(dimension, 2 * m, blockBytes);
    this.#upper = new UpperLinks(m);
    this.#batch = new Int32Array(this.#rows.batchMax);
    this.#distances = new Float32Array(this.#rows.batchMax);
  }

  /** @param blockBytes for tests */
  static create(parameters: GraphParameters, blockBytes?: number): PointGraph {
    return new PointGraph(parameters, blockBytes);
  }

  /**
   * Reads a graph from a file that is inspected link by link and, where `expected` is given, is exactly that file.
   * @returns null with the reason for which the file is not to be trusted.
   */
  static load(
    path: string,
    expected: SavedGraph | null,
    blockBytes?: number,
  ): { graph: PointGraph } | { graph: null; problem: string } {
    const read: { graph?: PointGraph; header?: GraphHeader } = {};
    const checked = readSavedGraph(path, expected, {
      header: (header) => {
        read.header = header;
        read.graph = new PointGraph(header, blockBytes);
        read.graph.#rows.reserve(header.count);
      },
      room: (start, most) => (read.graph as PointGraph).#rows.room(start, most),
      upper: (tail) => (read.graph as PointGraph).#upper.read(tail, read.header?.count ?? 0),
    });
    const { graph, header } = read;
    if (checked.graph === null) {
      graph?.release();
      return checked;
    }
    if (graph === undefined || header === undefined) return { graph: null, problem: 'it is no graph file' };
    const { labels, deletedCount, count } = checked.graph;
    graph.#states = new Uint8Array(count + 1024).fill(LINKED, 0, count);
    graph.#seen = new Uint16Array(count + 1024);
    graph.#points = new Int32Array(labels.reduce((most, label) => Math.max(most, label), 0) + 1024);
    for (let point = 0; point < count; point++) graph.#points[present(labels[point])] = point + 1;
    graph.#linked = count;
    graph.#deleted = deletedCount;
    if (count > 0) {
      graph.#entry = header.entryPoint;
      graph.#topLevel = Math.max(0, header.topLevel);
    }
    return { graph };
  }

  /** Points in the graph, deleted ones too. */
  get count(): number {
    return this.#linked;
  }

  get deleted(): number {
    return this.#deleted;
  }

  /** True for a label that a search can find. */
  has(label: number): boolean {
    const point = this.pointOf(label);
    return point !== -1 && this.#states[point] === LINKED && !this.#isDeleted(point);
  }

  /** Calls `visit` with every label that a search can find, ascending. */
  forEachLabel(visit: (label: number) => void): void {
    for (let label = 0; label < this.#points.length; label++) if (this.has(label)) visit(label);
  }

  /** The point of a label, which stays its own; -1 where there is none. */
  pointOf(label: number): number {
    return (this.#points[label] ?? 0) - 1;
  }

  /** A view of a point's vector, until one is added. */
  vector(point: number): Float32Array {
    return this.#rows.vector(point);
  }

  /** Most points that `dots` takes at once. */
  get batchMax(): number {
    return this.#rows.batchMax;
  }

  /** Inner products of `query` with the vectors of the first `count` points, summed in float64 in a fixed order. */
  dots(query: Float32Array, points: Int32Array, count: number, out: Float64Array): void {
    this.#rows.dots(query, points, count, out);
  }

  /**
   * Adds a vector (little-endian bytes, aligned or not), which no search finds before it is linked, and returns its point.
   * @throws `database_corrupt` for bytes that are none
   * @throws `graph_misused` for a label in use: one can be added once only, even after its deletion
   */
  add(label: number, bytes: Uint8Array): number {
    checkStoredVector(bytes, this.parameters.dimension);
    if (!Number.isInteger(label) || label < 0 || label >= 2 ** 32 - 1) throw misused(`label ${label} is out of range`);
    if (this.pointOf(label) !== -1) throw misused(`label ${label} is in use`);
    const point = this.#free.pop() ?? this.#rows.push();
    this.#points = grownTo(this.#points, label);
    this.#states = grownTo(this.#states, point);
    this.#seen = grownTo(this.#seen, point);
    this.#points[label] = point + 1;
    this.#states[point] = UNLINKED;
    this.#rows.setLabel(point, label);
    const vector = this.#rows.vector(point);
    new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength).set(bytes);
    return point;
  }

  /** Hides a point from searches; its links stay until the graph is read anew. One without links is gone. */
  remove(label: number): boolean {
    const point = this.pointOf(label);
    if (point === -1) return false;
    if (this.#states[point] === UNLINKED) {
      this.#points[label] = 0;
      this.#free.push(point);
      return true;
    }
    if (this.#isDeleted(point)) return false;
    const at = this.#rows.at(point);
    this.#rows.words(point)[at] = present(this.#rows.words(point)[at]) | DELETED;
    this.#deleted++;
    return true;
  }

  /**
   * Labels of about the k nearest points, by descending inner product. `ef` is the breadth of the search.
   * @throws `graph_misused`
   */
  search(query: Float32Array, k: number, ef: number): number[] {
    if (!isWhole(k) || !isWhole(ef)) throw misused(`k = ${k} and ef = ${ef} are out of range`);
    this.#check(query);
    const most = Math.min(k, this.#linked - this.#deleted);
    if (most === 0) return [];
    const from = this.#descend(query, 0);
    const found = this.#nearest(query, from, { level: 0, ef: Math.max(ef, most), plain: this.#deleted === 0 });
    while (found.size > most) found.pop();
    const labels = new Array<number>(found.size);
    for (let i = found.size - 1; i >= 0; i--) labels[i] = this.#rows.label(found.pop());
    return labels;
  }

  /** Links a vector that was added, so that searches find it. @throws `graph_misused` for a value that is not finite */
  link(label: number): void {
    const point = this.pointOf(label);
    if (point === -1 || this.#states[point] === LINKED) throw misused(`label ${label} is not one to be linked`);
    this.#check(this.#rows.vector(point));
    const query = this.#rows.vector(point).slice();
    const { m, efConstruction } = this.parameters;
    const level = Math.min(LEVEL_MAX, Math.floor(-Math.log(1 - this.#random()) / Math.log(m)));
    this.#upper.raise(point, level);
    this.#rows.words(point)[this.#rows.at(point)] = 0;
    if (this.#entry !== -1) {
      let from = this.#descend(query, level);
      for (let on = Math.min(level, this.#topLevel); on >= 0; on--) {
        const found = this.#nearest(query, from, { level: on, ef: efConstruction, plain: false });
        // Where all that can be reached is deleted, a link to that keeps what comes within reach.
        if (found.size === 0) found.push(this.#distance(query, from), from);
        from = this.#connect(point, on, found);
      }
    }
    this.#states[point] = LINKED;
    this.#linked++;
    if (this.#entry === -1 || level > this.#topLevel) {
      this.#entry = point;
      this.#topLevel = level;
    }
  }

  /** Frees the memory; the graph is empty afterwards. */
  release(): void {
    this.#rows.clear();
    this.#upper = new UpperLinks(this.parameters.m);
    this.#points = new Int32Array(0);
    this.#free.length = 0;
    this.#entry = -1;
    this.#linked = 0;
    this.#deleted = 0;
  }

  /** The point nearest to the query that greedy steps lead to, on the levels from the top to that above `level`. */
  #descend(query: Float32Array, level: number): number {
    let point = this.#entry;
    let best = this.#distance(query, point);
    for (let on = this.#topLevel; on > level; on--) {
      for (let better = true; better; ) {
        better = false;
        const links = this.#gather(point, on);
        this.#rows.distances(query, this.#batch, links, this.#distances);
        for (let i = 0; i < links; i++) {
          if (!(present(this.#distances[i]) < best)) continue;
          best = present(this.#distances[i]);
          point = present(this.#batch[i]);
          better = true;
        }
      }
    }
    return point;
  }

  /**
   * The `ef` points nearest to the query that best-first search comes to on a level, but for deleted ones: the farthest
   * on top. Valid until the next call. `plain` where no point is deleted.
   */
  #nearest(
    query: Float32Array,
    from: number,
    { level, ef, plain }: { readonly level: number; readonly ef: number; readonly plain: boolean },
  ): DistanceHeap {
    const top = this.#top.clear();
    const next = this.#next.clear();
    const search = this.#newSearch();
    const distances = this.#distances;
    let bound = Number.POSITIVE_INFINITY;
    if (plain || !this.#isDeleted(from)) {
      bound = this.#distance(query, from);
      top.push(bound, from);
    }
    next.push(-bound, from);
    this.#seen[from] = search;
    while (next.size > 0) {
      if (-next.key > bound && (plain || top.size === ef)) break;
      const unseen = this.#gather(next.pop(), level, search);
      this.#rows.distances(query, this.#batch, unseen, distances);
      for (let i = 0; i < unseen; i++) {
        const distance = present(distances[i]);
        if (top.size >= ef && !(bound > distance)) continue;
        const point = present(this.#batch[i]);
        next.push(-distance, point);
        if (plain || !this.#isDeleted(point)) top.push(distance, point);
        if (top.size > ef) top.pop();
        if (top.size > 0) bound = top.key;
      }
    }
    return top;
  }

  /** Links a point with the best of what was found, both ways; returns the nearest of them. */
  #connect(point: number, level: number, found: DistanceHeap): number {
    const { m } = this.parameters;
    const chosen = this.#choose(ascending(found), m);
    this.#setLinks(point, level, chosen);
    const most = level === 0 ? 2 * m : m;
    for (const other of chosen) {
      const links = this.#gather(other, level);
      if (links < most) {
        this.#setLinks(other, level, [...this.#batch.subarray(0, links), point]);
        continue;
      }
      this.#batch[links] = point;
      const near = this.#batch.slice(0, links + 1);
      const distances = new Float32Array(links + 1);
      this.#rows.distances(this.#rows.vector(other), near, links + 1, distances);
      const order = Array.from(near, (_, i) => i).sort(
        (a, b) => present(distances[a]) - present(distances[b]) || present(near[b]) - present(near[a]),
      );
      const sorted = order.map((i) => ({ point: present(near[i]), distance: present(distances[i]) }));
      this.#setLinks(other, level, this.#choose(sorted, most));
    }
    return chosen[0] ?? point;
  }

  /** Of points by ascending distance, at most so many: each that is nearer to what they are for than to any before it. */
  #choose(sorted: readonly { readonly point: number; readonly distance: number }[], most: number): readonly number[] {
    if (sorted.length < most) return sorted.map(({ point }) => point);
    const chosen: number[] = [];
    const points = new Int32Array(most);
    const distances = new Float32Array(most);
    for (const { point, distance } of sorted) {
      if (chosen.length === most) break;
      this.#rows.distances(this.#rows.vector(point), points, chosen.length, distances);
      let isGood = true;
      for (let i = 0; i < chosen.length && isGood; i++) isGood = !(present(distances[i]) < distance);
      if (!isGood) continue;
      points[chosen.length] = point;
      chosen.push(point);
    }
    return chosen;
  }

  /** Writes a point's links on a level to `#batch`, but those that a search has seen, and returns their number. */
  #gather(point: number, level: number, search?: number): number {
    if (level > 0 && this.#upper.level(point) < level) return 0;
    const words = level === 0 ? this.#rows.words(point) : this.#upper.words;
    const at = level === 0 ? this.#rows.at(point) : this.#upper.at(point, level);
    const links = present(words[at]) & LINKS;
    const [batch, seen] = [this.#batch, this.#seen];
    let count = 0;
    for (let i = at + 1; i <= at + links; i++) {
      const other = present(words[i]);
      if (search !== undefined) {
        if (seen[other] === search) continue;
        seen[other] = search;
      }
      batch[count++] = other;
    }
    return count;
  }

  #setLinks(point: number, level: number, links: readonly number[]): void {
    const words = level === 0 ? this.#rows.words(point) : this.#upper.words;
    const at = level === 0 ? this.#rows.at(point) : this.#upper.at(point, level);
    words[at] = (present(words[at]) & ~LINKS) | links.length;
    words.set(links, at + 1);
  }

  #distance(query: Float32Array, point: number): number {
    this.#batch[0] = point;
    this.#rows.distances(query, this.#batch, 1, this.#distances);
    return present(this.#distances[0]);
  }

  #isDeleted(point: number): boolean {
    return (present(this.#rows.words(point)[this.#rows.at(point)]) & DELETED) !== 0;
  }

  #newSearch(): number {
    if (this.#search === 0xffff) {
      this.#seen.fill(0);
      this.#search = 0;
    }
    return ++this.#search;
  }

  #check(vector: Float32Array): void {
    const { dimension } = this.parameters;
    if (vector.length !== dimension) throw misused(`a vector has ${vector.length} dimensions instead of ${dimension}`);
    for (const value of vector) if (!Number.isFinite(value)) throw misused(`a vector holds ${value}`);
  }
}

function ascending(heap: DistanceHeap): readonly { readonly point: number; readonly distance: number }[] {
  const sorted = new Array<{ readonly point: number; readonly distance: number }>(heap.size);
  for (let i = heap.size - 1; i >= 0; i--) {
    const distance = heap.key;
    sorted[i] = { point: heap.pop(), distance };
  }
  return sorted;
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 2 ** 31;
}

function grownTo<T extends Uint8Array | Uint16Array | Int32Array>(numbers: T, index: number): T {
  if (index < numbers.length) return numbers;
  const larger = new (numbers.constructor as new (length: number) => T)(Math.max(index + 1, 2 * numbers.length));
  larger.set(numbers);
  return larger;
}

function misused(what: string) {
  return fault('graph_misused', `The graph was asked for something that it can't do: ${what}.`);
}
