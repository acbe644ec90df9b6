import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { callApi } from '../api/call.js';
import { isAbort } from '../api/problem.js';
import type { LabelSet, PhotosToLabel } from '../api/types.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { announce } from '../ui/announcer.js';
import { Picture } from '../ui/picture.js';
import { ProblemNote } from '../ui/problem-note.js';
import { LabelButtons } from './label-buttons.js';
import { give, labelOfKey, noSteps, refused, type Steps, skipped, step, undo, withPhotos } from './label-steps.js';

type Photo = PhotosToLabel['photos'][number];

/** Of a random sample, or those that teach most: of a label, or of any for null. */
export type Way = { readonly sample: number } | { readonly like: string | null };

const BATCH = 20;
const LIMIT_MAX = 1000;
/** So many before the last, the next are asked for. */
const AHEAD = 5;

interface PhotosProps {
  readonly set: LabelSet;
  readonly way: Way;
  /** After a label was kept or taken back. */
  readonly onLabel: () => void;
}

/** Photos one at a time, to be labelled by keyboard or by pointer. */
export function LabelPhotos({ set, way, onLabel }: PhotosProps) {
  const text = t.value.collection.labelling;
  const steps = useSignal<Steps<Photo>>(noSteps());
  /** Of the sample those that had no label when this began. */
  const open = useSignal<number | null>(null);
  const asking = useSignal(false);
  const ended = useSignal(false);
  const problem = useSignal<unknown>(null);
  const chosen = useSignal<readonly string[]>([]);
  const place = useRef<HTMLElement>(null);
  const leaving = useMemo(() => new AbortController(), []);
  /** One after the other, in the order that they were said in. */
  const sending = useRef<Promise<unknown>>(Promise.resolve());
  const path = { id: set.name };
  const several = set.kind === 'independent';

  const ask = async () => {
    if (asking.peek()) return;
    asking.value = true;
    try {
      await sending.current;
      // Those that were skipped come again, and are known.
      const limit = Math.min(LIMIT_MAX, BATCH + steps.peek().photos.length - steps.peek().given.size);
      const query =
        'sample' in way ? { sample: way.sample, limit } : { limit, ...(way.like !== null && { like: way.like }) };
      const known = steps.peek().given.size;
      const answer = await callApi('GET /v1/labels/{id}/next', { path, query, signal: leaving.signal });
      const before = steps.peek().photos.length;
      steps.value = withPhotos(steps.peek(), answer.photos);
      open.value = answer.left === null ? null : answer.left + known;
      ended.value = steps.peek().photos.length === before;
    } catch (thrown) {
      if (!isAbort(thrown)) problem.value = thrown;
    } finally {
      asking.value = false;
    }
  };
  useEffect(() => {
    place.current?.focus({ preventScroll: true });
    void ask();
    return () => leaving.abort();
  }, []);

  const send = (id: string, labels: readonly string[] | null) => {
    const json = {
      ...{ id, labels: labels === null ? null : [...labels] },
      ...('sample' in way ? { chosen: 'random' as const, sample: way.sample } : { chosen: 'next' as const }),
    };
    sending.current = sending.current
      .then(() => callApi('POST /v1/labels/{id}', { path, json }))
      .then(onLabel, (thrown: unknown) => {
        problem.value = thrown;
        steps.value = refused(steps.peek(), id);
      });
  };
  const lookAt = (next: Steps<Photo>) => {
    const of = next.photos[next.at]?.id;
    if (of !== steps.peek().photos[steps.peek().at]?.id)
      chosen.value = of === undefined ? [] : (next.given.get(of) ?? []);
    steps.value = next;
    if (next.photos.length - next.at <= AHEAD && !ended.peek()) void ask();
  };
  const say = (labels: readonly string[]) => {
    const now = steps.peek();
    const photo = now.photos[now.at];
    if (photo === undefined) return;
    problem.value = null;
    send(photo.id, labels);
    announce(text.saved(labels.length === 0 ? text.none : labels.join(', ')));
    lookAt(give(now, labels));
  };
  const takeBack = () => {
    const undone = undo(steps.peek());
    if (undone === null) return;
    send(undone.id, undone.labels);
    announce(text.undone);
    lookAt(undone.steps);
  };
  const choose = (label: string) => {
    if (!several) say([label]);
    else if (chosen.value.includes(label)) chosen.value = chosen.value.filter((one) => one !== label);
    else chosen.value = [...chosen.value, label];
  };
  const hear = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const label = set.labels[labelOfKey(event.key)]?.name;
    const onButton = (event.target as Element).closest('button, a') !== null;
    if (event.key === 'ArrowLeft') lookAt(step(steps.peek(), -1));
    else if (event.key === 'ArrowRight') lookAt(step(steps.peek(), 1));
    else if (event.key === 'z') takeBack();
    else if (event.key === 'Enter' && several && !onButton) say(chosen.peek());
    else if (label !== undefined) choose(label);
    else return;
    event.preventDefault();
  };

  const { photos, at, given, done } = steps.value;
  const photo = photos[at];
  const ahead = photos[at + 1];
  const passed = skipped(steps.value);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys work while the focus is in it.
    <section class="stack labelling" tabIndex={0} ref={place} onKeyDown={hear} aria-label={text.title}>
      <div class="row">
        <span>{text.photo(count(at + 1))}</span>
        <span class="quiet-text">
          {open.value !== null && `${text.left(count(Math.max(0, open.value - given.size)))} · `}
          {text.given(count(given.size))}
        </span>
      </div>
      <ProblemNote problem={problem.value} />
      {photo === undefined ? (
        <p>
          {asking.value ? <progress aria-label={text.title} /> : text.end}
          {!asking.value && passed > 0 && ` ${text.skipped(count(passed))}`}
        </p>
      ) : (
        <Picture
          key={photo.id}
          path={photo.image}
          alt={plainText(text.photo(count(at + 1)))}
          class="label-picture"
          size={photo}
          eager
        />
      )}
      {ahead !== undefined && (
        <span class="unseen" aria-hidden="true">
          <Picture key={ahead.id} path={ahead.image} alt="" eager />
        </span>
      )}
      {photo !== undefined && (
        <LabelButtons
          set={set}
          chosen={several ? chosen.value : (given.get(photo.id) ?? [])}
          onChoose={(label) => {
            choose(label);
            if (!several) place.current?.focus({ preventScroll: true });
          }}
        />
      )}
      <div class="row">
        {several && photo !== undefined && (
          <button type="button" class="primary" onClick={() => say(chosen.value)}>
            {chosen.value.length === 0 ? text.none : text.save}
          </button>
        )}
        <button type="button" disabled={at === 0} onClick={() => lookAt(step(steps.value, -1))}>
          {text.stepBack}
        </button>
        <button type="button" disabled={photo === undefined} onClick={() => lookAt(step(steps.value, 1))}>
          {text.stepOn}
        </button>
        <button type="button" aria-keyshortcuts="z" disabled={done.length === 0} onClick={takeBack}>
          {text.undo}
        </button>
        <span class="quiet-text compare-keys">{several ? text.keysSome : text.keys}</span>
      </div>
      {'sample' in way && <p class="quiet-text">{text.gap}</p>}
    </section>
  );
}
