import type { Reference } from '../domain/reference.js';
import type { OpenIndex } from '../references/store.js';
import { population } from './population.js';
import { CellShares } from './tags/cell-shares.js';

/** All photos of an index and where they lie, read once while nothing changes. */
export class AllPhotos {
  #version = '';
  #photos: readonly Reference[] = [];
  #cells: CellShares | null = null;

  async photos(index: OpenIndex): Promise<readonly Reference[]> {
    const version = JSON.stringify([await index.engine(), await index.catalogue.counts()]);
    if (version !== this.#version) {
      const photos = await population(index.reader);
      [this.#version, this.#photos, this.#cells] = [version, photos, null];
    }
    return this.#photos;
  }

  async cells(index: OpenIndex): Promise<CellShares> {
    const photos = await this.photos(index);
    this.#cells ??= new CellShares(photos);
    return this.#cells;
  }
}
