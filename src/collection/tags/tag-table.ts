import { fault } from '../../domain/errors.js';
import { present as checked } from '../../domain/present.js';
import { type LabelSet, unknownLabel } from '../label-set.js';
import type { Collection } from '../open-collection.js';
import { BLOCK, Places } from './places.js';
import { fromByte, probabilityOf, type TagScale } from './tag-scale.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** What is kept of a set whose tags an index has. */
export interface TagSetState {
  readonly name: string;
  readonly kind: LabelSet['kind'];
  readonly labels: readonly string[];
  readonly madeBy: 'sentences' | 'probe';
  readonly stamp: string;
  readonly modelId: string;
  readonly taggedAt: string;
  readonly scales: readonly TagScale[];
  /** Number of tagged photos. */
  readonly tagged: number;
}

interface StateRow {
  readonly name: string;
  readonly kind: LabelSet['kind'];
  readonly labels: string;
  readonly made_by: 'sentences' | 'probe';
  readonly stamp: string;
  readonly model_id: string;
  readonly tagged_at: string;
  readonly scales: string;
  readonly tagged: number;
}

/** The sets that an index has tags of, by name. */
export function tagStates(collection: Collection): readonly TagSetState[] {
  const sql =
    'SELECT s.*, (SELECT coalesce(sum(tagged), 0) FROM tags t WHERE t.name = s.name) AS tagged FROM tag_sets s ORDER BY name';
  const rows = collection.read((db) => db.prepare(sql).all() as StateRow[], []);
  return rows.map((row) => ({
    ...{ name: row.name, kind: row.kind, madeBy: row.made_by, stamp: row.stamp },
    ...{ modelId: row.model_id, taggedAt: row.tagged_at, tagged: row.tagged },
    labels: JSON.parse(row.labels) as string[],
    scales: JSON.parse(row.scales) as TagScale[],
  }));
}

/** The tags of one set, in memory: a byte for each label and place. */
export class TagTable {
  /** What each byte means, by label: a probability where a probe gave it, else the share of tagged photos that have less of the label. */
  readonly #values: readonly Float64Array[];

  private constructor(
    readonly state: TagSetState,
    readonly places: Places,
    /** By label, by place; 0 where a photo has no tag. */
    readonly columns: readonly Uint8Array[],
  ) {
    this.#values = columns.map((column, k) => {
      // There is none before the first photo has been tagged.
      const scale = state.scales[k];
      return state.madeBy === 'probe' && scale !== undefined ? probabilities(scale) : ranks(column);
    });
  }

  /** @throws `tags_missing`, and `tags_stale` where the index holds vectors of another model since */
  static read(collection: Collection, name: string, modelId: string, places = Places.read(collection)): TagTable {
    const states = tagStates(collection);
    const state = states.find((one) => one.name === name);
    if (state === undefined) throw missing(name, states);
    if (state.modelId !== modelId) {
      throw fault(
        'tags_stale',
        `Expected tags of the index's model, but those of ${name} were made with the one it had before. Tag it anew: streetdex tag --set ${name}.`,
      );
    }
    const columns = state.labels.map(() => new Uint8Array(places.ids.length));
    collection.read((db) => {
      const rows = db.prepare('SELECT block, bytes FROM tags WHERE name = ?').iterate(name);
      for (const { block, bytes } of rows as Iterable<{ block: number; bytes: Buffer }>) {
        for (const [k, column] of columns.entries()) {
          const from = block * BLOCK;
          column.set(bytes.subarray(k * BLOCK, k * BLOCK + Math.max(0, Math.min(BLOCK, column.length - from))), from);
        }
      }
    }, undefined);
    return new TagTable(state, places, columns);
  }

  /** @throws `label_unknown` */
  labelNumber(label: string): number {
    const k = this.state.labels.indexOf(label);
    if (k >= 0) return k;
    throw unknownLabel(this.state.name, label, this.state.labels);
  }

  isTagged(place: number): boolean {
    return present(present(this.columns[0])[place]) !== 0;
  }

  /** A photo's value of a label, 0 to 1; NaN where it has no tag. */
  value(label: number, place: number): number {
    return present(present(this.#values[label])[present(present(this.columns[label])[place])]);
  }

  /** The value that each byte stands for; NaN for none. */
  byteValues(label: number): Float64Array {
    return present(this.#values[label]);
  }

  /** The score behind a tag: log odds, or a cosine; NaN where the photo has no tag. */
  score(label: number, place: number): number {
    const byte = present(present(this.columns[label])[place]);
    return byte === 0 ? Number.NaN : fromByte(present(this.state.scales[label]), byte);
  }

  /** The probability that each byte stands for, where scores are log odds; 0 for none. */
  byteProbabilities(label: number): Float64Array {
    const scale = this.state.scales[label];
    return Float64Array.from({ length: 256 }, (_, byte) =>
      byte === 0 || scale === undefined ? 0 : probabilityOf(fromByte(scale, byte)),
    );
  }

  /** The likeliest label of an exclusive set, the first of equal ones; -1 where the photo has no tag. */
  likeliest(place: number): number {
    let [best, most] = [-1, 0];
    for (let k = 0; k < this.columns.length; k++) {
      const byte = present(present(this.columns[k])[place]);
      if (byte > most) [best, most] = [k, byte];
    }
    return best;
  }
}

function probabilities(scale: TagScale): Float64Array {
  return Float64Array.from({ length: 256 }, (_, byte) =>
    byte === 0 ? Number.NaN : probabilityOf(fromByte(scale, byte)),
  );
}

function ranks(column: Uint8Array): Float64Array {
  const counts = new Float64Array(256);
  for (const byte of column) counts[byte] = present(counts[byte]) + 1;
  const tagged = column.length - present(counts[0]);
  let below = 0;
  return Float64Array.from(counts, (count, byte) => {
    if (byte === 0) return Number.NaN;
    const rank = (below + count / 2) / Math.max(1, tagged);
    below += count;
    return rank;
  });
}

function missing(name: string, states: readonly TagSetState[]) {
  const there =
    states.length === 0 ? 'It has no tags yet' : `It has those of ${states.map((one) => one.name).join(', ')}`;
  return fault(
    'tags_missing',
    `Expected a set that the index has tags of, got '${name}'. ${there}. Tag it: streetdex tag --set ${name}.`,
  );
}
