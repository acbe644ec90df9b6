import { present as checked } from '../../domain/present.js';
import { type SpherePoint, toSphere } from '../../geo/sphere.js';
import type { PointGraph } from './point-graph.js';
import { vectorToBytes } from './stored-vector.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A reference's facts that searches use, as they come from SQLite. */
export interface TableRow {
  readonly label: number;
  readonly id: string;
  readonly lat: number;
  readonly lon: number;
  readonly sequence: string | null;
  readonly author: string | null;
  readonly iso2: string | null;
  readonly captured_ms: number | null;
}

/** Numbers for strings that occur often; -1 stands for null and for an unknown string. */
class Words {
  readonly #codes = new Map<string, number>();
  readonly #words: string[] = [];

  code(word: string | null): number {
    if (word === null) return -1;
    let code = this.#codes.get(word);
    if (code === undefined) {
      code = this.#words.push(word) - 1;
      this.#codes.set(word, code);
    }
    return code;
  }

  find(word: string): number {
    return this.#codes.get(word) ?? -1;
  }

  word(code: number): string | null {
    return code === -1 ? null : present(this.#words[code]);
  }
}

/**
 * The references of an index in memory, by slot: columns of facts, and the point that holds the vector. A slot is given
 * again once its reference is deleted; labels are not.
 */
export class ReferenceTable {
  readonly iso2 = new Words();
  readonly sequences = new Words();
  readonly authors = new Words();
  readonly #ids: string[] = [];
  #capacity = 0;
  #labels = new Uint32Array(0);
  #points = new Int32Array(0);
  #slots = new Int32Array(0);
  #alive = new Uint8Array(0);
  #lat = new Float64Array(0);
  #lon = new Float64Array(0);
  /** Directions of the positions: three numbers for each slot. */
  #sphere = new Float64Array(0);
  #captured = new Float64Array(0);
  #iso2 = new Int32Array(0);
  #sequence = new Int32Array(0);
  #author = new Int32Array(0);
  #used = 0;
  readonly #free: number[] = [];

  #graph: PointGraph;

  /** @param graph holds the vectors, of which it may have some already */
  constructor(graph: PointGraph) {
    this.#graph = graph;
  }

  get graph(): PointGraph {
    return this.#graph;
  }

  get dimension(): number {
    return this.#graph.parameters.dimension;
  }

  /** Takes another graph, which may have some of the vectors, and gives it the others. */
  moveTo(graph: PointGraph): void {
    for (let slot = 0; slot < this.#used; slot++) {
      if (!this.isAlive(slot)) continue;
      const label = this.label(slot);
      const point = graph.pointOf(label);
      this.#points[slot] = point !== -1 ? point : graph.add(label, vectorToBytes(this.vector(slot)));
    }
    this.#graph = graph;
  }

  /** Number of references. */
  get size(): number {
    return this.#used - this.#free.length;
  }

  /** All slots are below this number; some may be empty. */
  get slots(): number {
    return this.#used;
  }

  isAlive(slot: number): boolean {
    return this.#alive[slot] === 1;
  }

  /** Slot of a label; -1 where there is none. */
  slotOf(label: number): number {
    return (this.#slots[label] ?? 0) - 1;
  }

  id(slot: number): string {
    return present(this.#ids[slot]);
  }

  label(slot: number): number {
    return present(this.#labels[slot]);
  }

  lat(slot: number): number {
    return present(this.#lat[slot]);
  }

  lon(slot: number): number {
    return present(this.#lon[slot]);
  }

  /** |u − v|² of the unit vectors from the Earth's centre to the reference and to `to`. */
  chordSquared(slot: number, to: SpherePoint): number {
    const sphere = this.#sphere;
    const at = 3 * slot;
    return (
      (present(sphere[at]) - to[0]) ** 2 +
      (present(sphere[at + 1]) - to[1]) ** 2 +
      (present(sphere[at + 2]) - to[2]) ** 2
    );
  }

  /** Milliseconds since 1970; NaN where unknown. */
  capturedMs(slot: number): number {
    return present(this.#captured[slot]);
  }

  iso2Code(slot: number): number {
    return present(this.#iso2[slot]);
  }

  sequenceCode(slot: number): number {
    return present(this.#sequence[slot]);
  }

  authorCode(slot: number): number {
    return present(this.#author[slot]);
  }

  /** A view of a vector, until a reference is added. */
  vector(slot: number): Float32Array {
    return this.#graph.vector(present(this.#points[slot]));
  }

  /** Shows the inner product of each of these vectors with `query`, summed in float64 in a fixed order. */
  score(query: Float32Array, slots: Iterable<number>, show: (slot: number, product: number) => void): void {
    const most = this.#graph.batchMax;
    const batch = new Int32Array(most);
    const points = new Int32Array(most);
    const products = new Float64Array(most);
    let count = 0;
    const flush = () => {
      this.#graph.dots(query, points, count, products);
      for (let i = 0; i < count; i++) show(present(batch[i]), present(products[i]));
      count = 0;
    };
    for (const slot of slots) {
      batch[count] = slot;
      points[count++] = present(this.#points[slot]);
      if (count === most) flush();
    }
    if (count > 0) flush();
  }

  /** Adds a reference and returns its slot. @param vector stored bytes; null where the graph has them */
  add(row: TableRow, vector: Uint8Array | null): number {
    const point = vector === null ? this.#graph.pointOf(row.label) : this.#graph.add(row.label, vector);
    const slot = this.#free.pop() ?? this.#used++;
    this.#reserve(slot + 1, row.label + 1);
    this.#labels[slot] = row.label;
    this.#slots[row.label] = slot + 1;
    this.#alive[slot] = 1;
    this.#ids[slot] = row.id;
    this.#points[slot] = point;
    this.#setFacts(slot, row);
    return slot;
  }

  /** Corrects the facts of a reference; false when it is not there. */
  edit(row: TableRow): boolean {
    const slot = this.slotOf(row.label);
    if (slot !== -1) this.#setFacts(slot, row);
    return slot !== -1;
  }

  /** Removes a reference. @returns the slot that it had; -1 when it is not there */
  remove(label: number): number {
    const slot = this.slotOf(label);
    if (slot === -1) return -1;
    this.#slots[label] = 0;
    this.#alive[slot] = 0;
    this.#ids[slot] = '';
    this.#free.push(slot);
    this.#graph.remove(label);
    return slot;
  }

  #setFacts(slot: number, row: TableRow): void {
    this.#lat[slot] = row.lat;
    this.#lon[slot] = row.lon;
    this.#sphere.set(toSphere(row), 3 * slot);
    this.#captured[slot] = row.captured_ms ?? Number.NaN;
    this.#iso2[slot] = this.iso2.code(row.iso2);
    this.#sequence[slot] = this.sequences.code(row.sequence);
    this.#author[slot] = this.authors.code(row.author);
  }

  #reserve(slots: number, labels: number): void {
    if (labels > this.#slots.length) this.#slots = grown(this.#slots, labels);
    if (slots <= this.#capacity) return;
    this.#labels = grown(this.#labels, slots);
    this.#points = grown(this.#points, slots);
    this.#alive = grown(this.#alive, slots);
    this.#lat = grown(this.#lat, slots);
    this.#lon = grown(this.#lon, slots);
    this.#sphere = grown(this.#sphere, 3 * this.#labels.length);
    this.#captured = grown(this.#captured, slots);
    this.#iso2 = grown(this.#iso2, slots);
    this.#sequence = grown(this.#sequence, slots);
    this.#author = grown(this.#author, slots);
    this.#capacity = this.#labels.length;
  }
}

type Column = Uint8Array | Uint32Array | Int32Array | Float64Array;

function grown<T extends Column>(column: T, least: number): T {
  // Another of the column's own class, which a constructor's type does not tell.
  const larger = new (column.constructor as new (length: number) => T)(Math.max(least, column.length * 2, 1024));
  larger.set(column as never);
  return larger;
}
