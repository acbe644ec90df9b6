import type { GeoPoint } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import { groupPlaces } from './group-places.js';
import { type LeaveOutRule, PLACE_KM } from './leave-out.js';

/** The facts of a photo that link it to others, from which it is then not independent. */
export interface ClusteredPhoto {
  readonly id: string;
  readonly truth: GeoPoint;
  readonly author: string | null;
  readonly sequence: string | null;
}

/** A Flickr user in the names of IM2GPS's and IM2GPS3K's files. */
const FLICKR_USER = /\d{5,}@N\d{2}/;

/**
 * The cluster of each photo; clusters are resampled and split whole. Photos of one author (also one in the file's name), of one
 * walk and, where `rule` leaves out places, of one place are in one cluster, and links add up: an author who was in two towns
 * joins both. That is the finest partition in which no author and no place is on both sides of a split; intervals may come out
 * too wide, never too narrow.
 *
 * @param rule null where nothing of the index is left out but the photo itself
 */
export function clusterPhotos(photos: readonly ClusteredPhoto[], rule: LeaveOutRule | null): string[] {
  const places = rule === 'place' ? groupPlaces(photos, PLACE_KM) : null;
  const keys = photos.map((photo, i) => {
    const place = places?.[i];
    return keysOf(photo, place === undefined ? null : (photos[place]?.id ?? null));
  });
  const links = new Links();
  for (const own of keys) for (const key of own) links.join(present(own[0]), key);
  return keys.map((own) => links.nameOf(present(own[0])));
}

/** Keys of a photo, at least one; the first kind that a photo has names its cluster. */
function keysOf({ id, author, sequence }: ClusteredPhoto, place: string | null): string[] {
  const known = author ?? FLICKR_USER.exec(id)?.[0] ?? null;
  const keys = [
    ...(place === null ? [] : [`place ${place}`]),
    ...(known === null ? [] : [`author ${known}`]),
    ...(sequence === null ? [] : [`sequence ${sequence}`]),
  ];
  return keys.length === 0 ? [`photo ${id}`] : keys;
}

/** Sets of keys that are joined one pair at a time. */
class Links {
  readonly #parent = new Map<string, string>();

  join(a: string, b: string): void {
    const [first, second] = [this.nameOf(a), this.nameOf(b)];
    if (first === second) return;
    const [name, other] = before(first, second) ? [first, second] : [second, first];
    this.#parent.set(other, name);
  }

  /** The set's first key by kind, then by name. */
  nameOf(key: string): string {
    let name = key;
    for (let up = this.#parent.get(name); up !== undefined; up = this.#parent.get(name)) name = up;
    // Shortens the path for the next look-up.
    if (name !== key) this.#parent.set(key, name);
    return name;
  }
}

const KINDS = ['place', 'author', 'sequence', 'photo'];

function before(a: string, b: string): boolean {
  const kind = (key: string) => KINDS.indexOf(key.slice(0, key.indexOf(' ')));
  return kind(a) !== kind(b) ? kind(a) < kind(b) : a < b;
}
