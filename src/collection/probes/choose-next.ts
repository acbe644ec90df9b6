import { randomInt } from 'node:crypto';
import { present as checked } from '../../domain/present.js';
import type { Reference } from '../../domain/reference.js';
import { seededRandom } from '../../domain/seeded-random.js';
import { cosine, type UnitVector } from '../../domain/unit-vector.js';
import { cellOf, parentCell } from '../../geo/cells.js';
import type { ReferenceReader } from '../../references/reader.js';
import type { TagTable } from '../tags/tag-table.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Candidates for each wanted photo. */
const LOOKED_AT = 20;
/** Two photos with a higher cosine teach no more than one. */
const ALIKE = 0.95;
/** H3's resolution of a cell without labels: some 10 km across. */
const CELL = 5;

export interface NextQuery {
  readonly n: number;
  /** Chooses photos with the highest value of this label instead of the least certain ones. */
  readonly like?: string;
  readonly seed?: number;
}

/**
 * Photos whose label would teach most: those with the least certain tags, far from each other, every second one from a cell
 * without labels. Without tags, any.
 * @param photos the photos to choose from
 * @param labelled ids of photos that have labels
 * @throws `label_unknown`
 */
export async function chooseNext(
  table: TagTable | null,
  photos: readonly Reference[],
  labelled: ReadonlySet<string>,
  reader: ReferenceReader,
  { n, like, seed = randomInt(2 ** 31) }: NextQuery,
): Promise<readonly Reference[]> {
  const random = seededRandom(seed);
  const worth = worthOf(table, like, random);
  const cellsOf = new Map(photos.map((photo) => [photo.id, parentCell(cellOf(photo.point), CELL)]));
  const known = new Set(photos.flatMap(({ id }) => (labelled.has(id) ? [present(cellsOf.get(id))] : [])));
  const open = photos
    .filter(({ id }) => !labelled.has(id))
    .map((photo) => ({ photo, worth: worth(photo.id) }))
    .filter((one) => !Number.isNaN(one.worth))
    .sort((a, b) => b.worth - a.worth);
  const isNew = ({ photo }: (typeof open)[number]) => !known.has(present(cellsOf.get(photo.id)));
  const queues = [open.filter(isNew), open].map((queue) => queue.slice(0, n * LOOKED_AT));
  const ids = [...new Set(queues.flat().map(({ photo }) => photo.id))];
  const vectors = await reader.vectors(ids);
  const chosen: { readonly photo: Reference; readonly vector: UnitVector }[] = [];
  const seen = new Set<string>();
  for (let turn = 0; chosen.length < n && queues.some((queue) => queue.length > 0); turn++) {
    const next = present(queues[turn % 2]).shift();
    if (next === undefined || seen.has(next.photo.id)) continue;
    seen.add(next.photo.id);
    const vector = vectors.get(next.photo.id);
    if (vector === undefined || chosen.some((one) => cosine(one.vector, vector) > ALIKE)) continue;
    chosen.push({ photo: next.photo, vector });
  }
  return chosen.map(({ photo }) => photo);
}

/** Worth of asking about a photo; NaN for a photo without a tag. */
function worthOf(table: TagTable | null, like: string | undefined, random: () => number): (id: string) => number {
  if (table === null) return () => random();
  const wanted = like === undefined ? null : table.labelNumber(like);
  return (id) => {
    const place = table.places.of(id);
    if (place === undefined || place >= present(table.columns[0]).length || !table.isTagged(place)) return Number.NaN;
    // Equal bytes are frequent: chance decides among them.
    const chance = random() * 1e-6;
    return (wanted === null ? -sureness(table, place) : table.value(wanted, place)) + chance;
  };
}

/**
 * Certainty of a photo's tags: for an exclusive set the likeliest label's lead, for an independent one the least distance from
 * the middle.
 */
function sureness(table: TagTable, place: number): number {
  const labels = [...table.columns.keys()];
  if (table.state.kind === 'independent') return Math.min(...labels.map((k) => Math.abs(table.value(k, place) - 0.5)));
  const [first = 0, second = 0] = labels.map((k) => table.score(k, place)).sort((a, b) => b - a);
  return first - second;
}
