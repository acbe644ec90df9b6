import { computed, signal } from '@preact/signals';
import { countryName, language } from '../text/language.js';
import { placeName } from '../text/place-name.js';
import { changes, glance, type QueuedPhoto, queue } from './photo-queue.js';

export const ORDERS = ['added', 'name', 'sure', 'country', 'failed'] as const;
export type Order = (typeof ORDERS)[number];
export const KINDS = ['all', 'answered', 'open', 'failed'] as const;
/** Which photos are listed, by their state. */
export type Kind = (typeof KINDS)[number];

/** So few fit into view: they are listed as they came. */
export const FEW = 8;

/** Verdicts, the surest first. */
const WORDS = ['sure', 'likely', 'not_checked', 'unsure', 'unknown'] as const;

/** Order and filters of the list of photos. */
export const order = signal<Order>('added');
export const kind = signal<Kind>('all');
export const words = signal('');

/** Keys of the listed photos, in their order. While photos are under way it is updated once a second. */
export const listed = computed<readonly number[]>(() => {
  const keys = queue.value;
  const [by, wanted, sought] = [order.value, kind.value, words.value.trim().toLowerCase()];
  if (keys.length <= FEW || (by === 'added' && wanted === 'all' && sought === '')) return keys;
  changes.value;
  const collator = new Intl.Collator(language.value, { numeric: true });
  const found = keys.flatMap((key) => {
    const photo = glance(key);
    return photo !== null && isOfKind(photo, wanted) && isFound(photo, sought) ? [photo] : [];
  });
  return inOrder(found, by, collator).map(({ key }) => key);
});

function isOfKind({ state }: QueuedPhoto, wanted: Kind): boolean {
  const is = state === 'done' ? 'answered' : state === 'failed' || state === 'cancelled' ? 'failed' : 'open';
  return wanted === 'all' || wanted === is;
}

/** Whether the text is in the photo's name or its place's. */
function isFound({ name, summary }: QueuedPhoto, sought: string): boolean {
  if (sought === '') return true;
  const place = summary?.candidates[0]?.place;
  return `${name} ${place ? placeName(place) : ''}`.toLowerCase().includes(sought);
}

/** Photos without an answer come last, except among the failed. Equals stay as they came. */
function inOrder(photos: QueuedPhoto[], by: Order, collator: Intl.Collator): QueuedPhoto[] {
  if (by === 'added') return photos;
  if (by === 'name') return photos.sort((a, b) => collator.compare(a.name, b.name));
  if (by === 'failed') return photos.sort((a, b) => rank(a) - rank(b));
  const answered = photos.filter(({ summary }) => summary !== null);
  const rest = photos.filter(({ summary }) => summary === null);
  const doubt = ({ summary }: QueuedPhoto) =>
    summary === null ? WORDS.length : WORDS.indexOf(summary.verdict.word) + summary.spread;
  if (by === 'sure') return [...answered.sort((a, b) => doubt(a) - doubt(b)), ...rest];
  const names = new Map(answered.map((photo) => [photo, countryAndPlace(photo)]));
  return [...answered.sort((a, b) => collator.compare(names.get(a) ?? '', names.get(b) ?? '')), ...rest];
}

const rank = ({ state }: QueuedPhoto): number => (state === 'failed' ? 0 : state === 'cancelled' ? 1 : 2);

function countryAndPlace({ summary }: QueuedPhoto): string {
  const place = summary?.candidates[0]?.place;
  return place === undefined
    ? ''
    : `${place.iso2 === null ? place.country : countryName(place.iso2)}, ${placeName(place)}`;
}
