import { untracked } from '@preact/signals';
import type { Hints } from '../api/types.js';
import { lookAt } from '../map/overlay.js';
import { hintParameters, readHints } from '../share/hint-parameters.js';
import { isPacked, packEmbedding, unpackEmbedding } from '../share/pack-embedding.js';
import { address, setParameters } from '../state/address.js';
import { t } from '../text/language.js';
import { boxAround } from './box-around.js';
import { addKnown, chosenKey, find, type QueuedPhoto, queue, setHints } from './photo-queue.js';

/** A photo by its reference, or by its embedding: never the photo itself. */
export function queryOf({ referenceId, embedding }: QueuedPhoto): { ref: string | null; e: string | null } {
  if (referenceId !== null) return { ref: referenceId, e: null };
  return { ref: null, e: embedding === null ? null : packEmbedding(embedding) };
}

/** The photo whose address named a map position too: its answer does not move the map. */
let placed: number | null = null;

/**
 * Returns a function that keeps address and queue in step. An address with another photo or other hints than before puts that
 * photo into the queue, unless it is there. Other changes of the address, such as the map's with every move, do not. After that
 * the shown photo is written to the address. Both are in one effect: with two, the writing one could run first, and restore an
 * address that the reader has just left.
 */
export function addressKeeper(): () => void {
  let followed = '';
  return () => {
    const { view, parameters, map } = address.value;
    if (view !== 'locate') return;
    const { ref = null, e = null } = parameters;
    const asked = askedOf(ref, e, readHints(parameters));
    const begins = followed === '';
    if (asked !== followed && (ref !== null || e !== null)) {
      const changed = untracked(() => showAsked(ref, ref === null ? e : null, parameters));
      if (begins || changed) placed = map === null ? null : chosenKey.peek();
    }
    followed = writeAddress(parameters) ?? asked;
  };
}

/** What an address asks about. */
const askedOf = (ref: string | null, e: string | null, hints: Hints): string =>
  JSON.stringify([ref, e, hintParameters(hints)]);

/** @returns whether another photo is shown than before, or with other hints */
function showAsked(ref: string | null, e: string | null, parameters: Readonly<Record<string, string>>): boolean {
  const hints = readHints(parameters);
  // The same photo may be there twice: the shown one stays.
  const isAsked = ({ referenceId, embedding }: QueuedPhoto) =>
    ref !== null || referenceId !== null
      ? referenceId === ref
      : e !== null && embedding !== null && isPacked(e, embedding);
  const known = [chosenKey.peek(), ...queue.peek()].map(find).find((photo) => photo !== null && isAsked(photo));
  if (known == null) {
    const about =
      ref !== null
        ? { name: t.peek().photo.reference, preview: `v1/references/${encodeURIComponent(ref)}/image` }
        : { name: t.peek().photo.fromLink, preview: null };
    addKnown({ ...about, referenceId: ref, embedding: ref === null ? unpackEmbedding(e as string) : null, hints });
    return true;
  }
  const same = sameText(hintParameters(hints), hintParameters(known.hints));
  if (same && known.key === chosenKey.peek()) return false;
  if (!same) setHints(known.key, hints);
  chosenKey.value = known.key;
  return true;
}

const sameText = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * Writes the shown photo and its hints to the address. Without a photo, or before it is embedded, the address has none, since
 * the former one is not shown.
 * @param written the address's parameters
 * @returns what the address then asks about, which is not to be taken for a new request; null where it stays as it is
 */
function writeAddress(written: Readonly<Record<string, string>>): string | null {
  const photo = find(chosenKey.value);
  const query = photo === null ? { ref: null, e: null } : queryOf(photo);
  const hints = photo !== null && (query.ref !== null || query.e !== null) ? photo.hints : {};
  const wanted = { ...query, ...hintParameters(hints) };
  if (Object.entries(wanted).every(([name, value]) => value === (written[name] ?? null))) return null;
  setParameters(wanted);
  return askedOf(query.ref, query.e, hints);
}

/** Returns a function that moves the map to each answer that is shown. */
export function answerLooker(): () => void {
  let looked = '';
  return () => {
    const photo = find(chosenKey.value);
    const best = (photo?.answer ?? photo?.summary)?.candidates[0];
    if (photo === null || best === undefined) return;
    // The whole answer, which may come later, has the same place.
    const seen = `${photo.key} ${best.point.lat} ${best.point.lon} ${best.radius_90_km}`;
    if (seen === looked) return;
    looked = seen;
    const stays = placed === photo.key;
    placed = null;
    if (!stays) lookAt({ box: boxAround(best.point, best.radius_90_km) });
  };
}
