/** Photos that are labelled one after the other. */
export interface Steps<Photo extends { readonly id: string }> {
  readonly photos: readonly Photo[];
  /** The photo that is looked at; behind the last where none is left. */
  readonly at: number;
  /** What was said of photos since this began, by id. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** To be undone, the last first. */
  readonly done: readonly { readonly id: string; readonly before: readonly string[] | null }[];
}

/** `z` undoes. */
const KEYS = '1234567890abcdefghijklmnopqrstuvwxy';

/** The key of a set's label, by its number; undefined where there are more labels than keys. */
export const keyOfLabel = (number: number): string | undefined => KEYS[number];

/** The number of the label that a key is for; -1 for none. */
export const labelOfKey = (key: string): number => (key.length === 1 ? KEYS.indexOf(key.toLowerCase()) : -1);

export const noSteps = <Photo extends { readonly id: string }>(): Steps<Photo> => ({
  photos: [],
  at: 0,
  given: new Map(),
  done: [],
});

/** With further photos at the end; those that are there already are not taken again. */
export function withPhotos<Photo extends { readonly id: string }>(
  steps: Steps<Photo>,
  photos: readonly Photo[],
): Steps<Photo> {
  const known = new Set(steps.photos.map(({ id }) => id));
  return { ...steps, photos: [...steps.photos, ...photos.filter(({ id }) => !known.has(id))] };
}

/** Says of the photo what holds, and goes on to the next. */
export function give<Photo extends { readonly id: string }>(
  steps: Steps<Photo>,
  labels: readonly string[],
): Steps<Photo> {
  const photo = steps.photos[steps.at];
  if (photo === undefined) return steps;
  return {
    photos: steps.photos,
    at: steps.at + 1,
    given: new Map(steps.given).set(photo.id, labels),
    done: [{ id: photo.id, before: steps.given.get(photo.id) ?? null }, ...steps.done],
  };
}

/** Takes back what was said last, and looks at that photo again; null where nothing was said. */
export function undo<Photo extends { readonly id: string }>(
  steps: Steps<Photo>,
): { readonly steps: Steps<Photo>; readonly id: string; readonly labels: readonly string[] | null } | null {
  const [last, ...done] = steps.done;
  if (last === undefined) return null;
  return { steps: { ...took(steps, last.id, last.before), done }, id: last.id, labels: last.before };
}

/** What the server did not take was not said: the photo is looked at again. */
export function refused<Photo extends { readonly id: string }>(steps: Steps<Photo>, id: string): Steps<Photo> {
  const said = steps.done.find((one) => one.id === id);
  return { ...took(steps, id, said?.before ?? null), done: steps.done.filter((one) => one !== said) };
}

/** The photo before or after, at most one behind the last. */
export function step<Photo extends { readonly id: string }>(steps: Steps<Photo>, by: number): Steps<Photo> {
  return { ...steps, at: Math.max(0, Math.min(steps.photos.length, steps.at + by)) };
}

/** Photos that were passed over without a word. */
export const skipped = ({ photos, at, given }: Steps<{ readonly id: string }>): number =>
  photos.slice(0, at).filter(({ id }) => !given.has(id)).length;

function took<Photo extends { readonly id: string }>(
  steps: Steps<Photo>,
  id: string,
  labels: readonly string[] | null,
): Steps<Photo> {
  const given = new Map(steps.given);
  if (labels === null) given.delete(id);
  else given.set(id, labels);
  const at = steps.photos.findIndex((photo) => photo.id === id);
  return { ...steps, given, at: at < 0 ? steps.at : at };
}
