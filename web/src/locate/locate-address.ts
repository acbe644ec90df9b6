import { untracked } from '@preact/signals';
import { hintParameters, readHints } from '../share/hint-parameters.js';
import { packEmbedding, unpackEmbedding } from '../share/pack-embedding.js';
import { address, setParameters } from '../state/address.js';
import { t } from '../text/language.js';
import { addKnown, chosenKey, find, type QueuedPhoto, queue } from './photo-queue.js';

/** A photo by its reference, or by its embedding: never the photo itself. */
function queryOf({ referenceId, embedding }: QueuedPhoto): { ref: string | null; e: string | null } {
  if (referenceId !== null) return { ref: referenceId, e: null };
  return { ref: null, e: embedding === null ? null : packEmbedding(embedding) };
}

/**
 * Makes what follows the address: one that asks about another photo than before puts it in the queue, unless it is there.
 * What else changes in the address, as the map does with every move, is no wish for the photo that it names: the reader may
 * have given another, which stands in the address only once it is embedded.
 */
export function addressFollower(): () => void {
  let followed = '';
  return () => {
    const { view, parameters } = address.value;
    const { ref = null, e = null } = parameters;
    const asked = `${ref} ${e}`;
    if (view !== 'locate' || asked === followed) return;
    followed = asked;
    if (ref !== null || e !== null) untracked(() => showAsked(ref, e, parameters));
  };
}

function showAsked(ref: string | null, e: string | null, parameters: Readonly<Record<string, string>>): void {
  // The same photo may be there twice: the one that is looked at stays.
  const known = [find(chosenKey.peek()), ...queue.peek()].find((photo) => {
    const query = photo === null ? null : queryOf(photo);
    return query?.ref === ref && query.e === e;
  });
  if (known != null) {
    chosenKey.value = known.key;
    return;
  }
  const hints = readHints(parameters);
  if (ref !== null) {
    const preview = `v1/references/${encodeURIComponent(ref)}/image`;
    addKnown({ name: t.peek().photo.reference, preview, referenceId: ref, embedding: null, hints });
    return;
  }
  const embedding = unpackEmbedding(e as string);
  if (embedding !== null)
    addKnown({ name: t.peek().photo.fromLink, preview: null, referenceId: null, embedding, hints });
}

/** The photo that is looked at, and its hints, stand in the address. */
export function writeAddress(): void {
  const photo = queue.value.find(({ key }) => key === chosenKey.value);
  if (photo === undefined || address.peek().view !== 'locate') return;
  const query = queryOf(photo);
  if (query.ref === null && query.e === null) return;
  setParameters({ ...query, ...hintParameters(photo.hints) });
}
