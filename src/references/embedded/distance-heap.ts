import { present as checked } from '../../domain/present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/**
 * Points by a float32, the largest on top. The heap has the moves of the standard library's that hnswlib uses, so that
 * of equals the same one comes first.
 */
export class DistanceHeap {
  #keys = new Float32Array(1024);
  #points = new Int32Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Of the point on top. */
  get key(): number {
    return present(this.#keys[0]);
  }

  clear(): this {
    this.#size = 0;
    return this;
  }

  push(key: number, point: number): void {
    if (this.#size === this.#keys.length) {
      const [keys, points] = [this.#keys, this.#points];
      this.#keys = new Float32Array(2 * keys.length);
      this.#points = new Int32Array(2 * keys.length);
      this.#keys.set(keys);
      this.#points.set(points);
    }
    this.#up(this.#size++, Math.fround(key), point);
  }

  /** Takes the point on top away: the last one goes down to where the hole ends, and up from there. */
  pop(): number {
    const [keys, points] = [this.#keys, this.#points];
    const top = present(points[0]);
    const size = --this.#size;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 2;
      if (child > size) break;
      if (child === size || present(keys[child]) < present(keys[child - 1])) child--;
      keys[hole] = present(keys[child]);
      points[hole] = present(points[child]);
      hole = child;
    }
    this.#up(hole, present(keys[size]), present(points[size]));
    return top;
  }

  #up(from: number, key: number, point: number): void {
    const [keys, points] = [this.#keys, this.#points];
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!(present(keys[parent]) < key)) break;
      keys[at] = present(keys[parent]);
      points[at] = present(points[parent]);
      at = parent;
    }
    keys[at] = key;
    points[at] = point;
  }
}
