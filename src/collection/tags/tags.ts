import type { ReferenceFilter } from '../../references/reader.js';
import type { Collection } from '../open-collection.js';
import { Places } from './places.js';
import { parseTagCondition, tagTest } from './tag-condition.js';
import { TagTable, tagStates } from './tag-table.js';

/** A set that photos of the index are tagged with. */
export interface TaggedSet {
  readonly name: string;
  readonly kind: 'exclusive' | 'independent';
  readonly labels: readonly string[];
  readonly made_by: 'sentences' | 'probe';
  readonly tagged_at: string;
  /** The index holds vectors of another model since. */
  readonly stale: boolean;
  /** How many photos. */
  readonly tagged: number;
}

/** The tags of an index, kept in memory until somebody writes. */
export class Tags {
  #version = '';
  #places: Places | null = null;
  readonly #tables = new Map<string, TagTable>();
  readonly #collection: Collection;

  constructor(collection: Collection) {
    this.#collection = collection;
  }

  /** @throws `tags_missing`, `tags_stale` */
  table(name: string, modelId: string): TagTable {
    this.#follow();
    this.#places ??= Places.read(this.#collection);
    const known = this.#tables.get(name);
    if (known?.state.modelId === modelId) return known;
    const read = TagTable.read(this.#collection, name, modelId, this.#places);
    this.#tables.set(name, read);
    return read;
  }

  /** Which sets the photos of an index are tagged with, and how many of them. */
  states(modelId: string): readonly TaggedSet[] {
    return tagStates(this.#collection).map(({ name, kind, labels, madeBy, modelId: own, taggedAt }) => {
      const stale = own !== modelId;
      const tagged = stale ? 0 : this.table(name, modelId).tagged;
      return { name, kind, labels, made_by: madeBy, tagged_at: taggedAt, stale, tagged };
    });
  }

  /**
   * A filter that also holds what these conditions say, each of them: the references are named by their ids. One that was not tagged
   * yet is left out.
   * @throws `tag_condition_invalid`, `tags_missing`, `tags_stale`, `label_unknown`
   */
  narrow(
    filter: ReferenceFilter | undefined,
    conditions: readonly string[],
    modelId: string,
  ): ReferenceFilter | undefined {
    if (conditions.length === 0) return filter;
    const tests = conditions.map(parseTagCondition).map((condition) => {
      const table = this.table(condition.set, modelId);
      return { table, test: tagTest(table, condition) };
    });
    const asked = filter?.ids === undefined ? null : new Set(filter.ids);
    const ids: string[] = [];
    const all = tests[0]?.table.places.ids ?? [];
    for (let place = 0; place < all.length; place++) {
      const id = all[place] ?? '';
      if (id === '' || (asked !== null && !asked.has(id))) continue;
      if (tests.every(({ test }) => test(place))) ids.push(id);
    }
    return { ...filter, ids };
  }

  #follow(): void {
    const version = this.#collection.version();
    if (version === this.#version) return;
    this.#version = version;
    this.#places = null;
    this.#tables.clear();
  }
}
