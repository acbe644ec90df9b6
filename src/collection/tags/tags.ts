import type { ReferenceFilter } from '../../references/reader.js';
import type { Collection } from '../open-collection.js';
import { Places } from './places.js';
import { parseTagCondition, tagTest } from './tag-condition.js';
import { TagTable, tagStates } from './tag-table.js';

/** A set that the index's photos are tagged with. */
export interface TaggedSet {
  readonly name: string;
  readonly kind: 'exclusive' | 'independent';
  readonly labels: readonly string[];
  readonly made_by: 'sentences' | 'probe';
  readonly tagged_at: string;
  /** Whether the index has another model's vectors by now. */
  readonly stale: boolean;
  /** Number of tagged photos. */
  readonly tagged: number;
}

/** The tags of an index, cached until tags are written. */
export class Tags {
  #version = -1;
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

  /** null where the index has no tags of the set. @throws `tags_stale` */
  tableIfAny(name: string, modelId: string): TagTable | null {
    return tagStates(this.#collection).some((state) => state.name === name) ? this.table(name, modelId) : null;
  }

  /** The sets that the index's photos are tagged with, and the numbers of photos. */
  states(modelId: string): readonly TaggedSet[] {
    return tagStates(this.#collection).map(({ name, kind, labels, madeBy, modelId: own, taggedAt, tagged }) => {
      const stale = own !== modelId;
      return { name, kind, labels, made_by: madeBy, tagged_at: taggedAt, stale, tagged: stale ? 0 : tagged };
    });
  }

  /**
   * Adds these conditions, all of which have to hold, to a filter, as ids of references. Untagged references are left out.
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
    const version = this.#collection.read(
      (db) => db.prepare('SELECT count FROM tag_writes').pluck().get() as number,
      0,
    );
    if (version === this.#version) return;
    this.#version = version;
    this.#places = null;
    this.#tables.clear();
  }
}
