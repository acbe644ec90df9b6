import { untracked } from '@preact/signals';
import type { LocateAnswer } from '../api/types.js';
import { look } from '../map/overlay.js';
import { hintParameters, readHints } from '../share/hint-parameters.js';
import { packEmbedding, unpackEmbedding } from '../share/pack-embedding.js';
import { address, setParameters } from '../state/address.js';
import { t } from '../text/language.js';
import { boxAround } from './box-around.js';
import { addKnown, chosenKey, find, type QueuedPhoto, queue, setHints } from './photo-queue.js';

/** A photo by its reference, or by its embedding: never the photo itself. */
function queryOf({ referenceId, embedding }: QueuedPhoto): { ref: string | null; e: string | null } {
  if (referenceId !== null) return { ref: referenceId, e: null };
  return { ref: null, e: embedding === null ? null : packEmbedding(embedding) };
}

/** The photo whose address named a place for the map as well: its answer does not move the map away from there. */
let placed: number | null = null;

/**
 * Makes what follows the address: one that asks about another photo than before, or with other hints, puts it in the
 * queue, unless it is there. What else changes in the address, as the map does with every move, is no wish for the photo
 * that it names. A link to the view alone leaves the photo that is looked at, which then stands in the address again.
 */
export function addressFollower(): () => void {
  let followed = '';
  return () => {
    const { view, parameters, map } = address.value;
    if (view !== 'locate') return;
    const { ref = null, e = null } = parameters;
    const asked = JSON.stringify([ref, e, hintParameters(readHints(parameters))]);
    if (asked === followed) return;
    const begins = followed === '';
    followed = asked;
    untracked(() => {
      if (ref === null && e === null) return writeAddress();
      const changed = showAsked(ref, ref === null ? e : null, parameters);
      if (begins || changed) placed = map === null ? null : chosenKey.peek();
    });
  };
}

/** @returns whether another photo is shown than before, or with other hints */
function showAsked(ref: string | null, e: string | null, parameters: Readonly<Record<string, string>>): boolean {
  const hints = readHints(parameters);
  // The same photo may be there twice: the one that is looked at stays.
  const known = [find(chosenKey.peek()), ...queue.peek()].find((photo) => {
    const query = photo === null ? null : queryOf(photo);
    return query?.ref === ref && query.e === e;
  });
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
 * The photo that is looked at, and its hints, stand in the address. One that is still to be embedded leaves it without a
 * photo: the one before is not what is shown.
 */
export function writeAddress(): void {
  const photo = queue.value.find(({ key }) => key === chosenKey.value);
  if (photo === undefined || address.peek().view !== 'locate') return;
  const query = queryOf(photo);
  const known = query.ref !== null || query.e !== null;
  setParameters({ ...query, ...hintParameters(known ? photo.hints : {}) });
}

/** Makes what moves the map to each answer that is shown. */
export function answerLooker(): () => void {
  let looked: LocateAnswer | null = null;
  return () => {
    const photo = queue.value.find(({ key }) => key === chosenKey.value);
    const answer = photo?.answer ?? null;
    if (photo === undefined || answer === looked) return;
    looked = answer;
    const best = answer?.candidates[0];
    if (best === undefined) return;
    const stays = placed === photo.key;
    placed = null;
    if (!stays) look.value = { box: boxAround(best.point, best.radius_90_km) };
  };
}
