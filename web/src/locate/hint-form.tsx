import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Hints, LocateAnswer } from '../api/types.js';
import { drawing, type HintShape, mapFailed, viewed } from '../map/overlay.js';
import { percent } from '../text/format.js';
import { type NamedHint, namedHints, SIGMAS } from '../text/hint-words.js';
import { t } from '../text/language.js';
import { shortPlaceName } from '../text/place-name.js';
import { CountrySelect } from '../ui/country-select.js';
import { handOnFocus } from '../ui/hand-on-focus.js';
import { Icon } from '../ui/icon.js';
import { find, type QueuedPhoto, setHints } from './photo-queue.js';

interface HintProps {
  readonly photo: QueuedPhoto;
  readonly answer: LocateAnswer;
}

/** Hints about the place; every change asks again, with the embedding of the photo. */
export function HintForm({ photo, answer }: HintProps) {
  const text = t.value.hints;
  const { hints } = photo;
  // A shape may be finished long after this was rendered: by then there may be other hints.
  const change = (changes: Partial<Hints>) => setHints(photo.key, { ...find(photo.key)?.hints, ...changes });
  const draw = (kind: 'box' | 'circle', button: HTMLButtonElement) => {
    const done = (shape: HintShape | null) => {
      if (shape !== null) change(fromShape(shape));
      button.focus({ preventScroll: true });
    };
    drawing.value = { kind, done };
  };
  const given = Object.keys(hints).length > 0;
  const opened = useSignal(given);
  const form = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (given) opened.value = true;
  }, [given]);
  // A drawing belongs to this photo: it ends when another photo or view is shown.
  useEffect(
    () => () => {
      drawing.value = null;
    },
    [],
  );
  return (
    <details
      ref={form}
      class="hints"
      open={opened.value}
      onToggle={(event) => {
        opened.value = event.currentTarget.open;
      }}
    >
      <summary>{text.title}</summary>
      <div class="stack">
        <p class="quiet-text">{text.why}</p>
        <Given photo={photo} onRemove={() => handOnFocus(() => form.current?.querySelector('summary'))} />
        <div class="row">
          <CountrySelect
            label={text.country}
            none={text.choose}
            value=""
            onChoose={(iso2) => iso2 !== '' && change({ country: joined(hints.country, iso2) })}
          />
          <CountrySelect
            label={text.notCountry}
            none={text.choose}
            value=""
            onChoose={(iso2) => iso2 !== '' && change({ exclude_country: joined(hints.exclude_country, iso2) })}
          />
        </div>
        {!mapFailed.value && (
          <div class="row">
            <button type="button" onClick={(event) => draw('box', event.currentTarget)}>
              <Icon name="box" /> {text.drawBox}
            </button>
            <button type="button" onClick={(event) => draw('circle', event.currentTarget)}>
              <Icon name="circle" /> {text.drawCircle}
            </button>
            <button type="button" onClick={() => viewed.value && change({ bbox: viewed.value.box })}>
              {text.viewBox}
            </button>
            <button type="button" onClick={() => viewed.value && change({ exclude_bbox: viewed.value.box })}>
              {text.notViewBox}
            </button>
          </div>
        )}
        {drawing.value !== null && <p role="status">{text.drawing[drawing.value.kind]}</p>}
        <Effect answer={answer} />
      </div>
    </details>
  );
}

/** A hint box is the box that was drawn; a circle means "about there", its radius being two standard deviations. */
function fromShape({ box, circle }: HintShape): Partial<Hints> {
  return {
    ...(box && { bbox: box }),
    ...(circle && {
      near: {
        lat: Number(circle.centre.lat.toFixed(5)),
        lon: Number(circle.centre.lon.toFixed(5)),
        uncertainty_km: Math.max(0.1, circle.km / SIGMAS),
      },
    }),
  };
}

const joined = (codes: readonly string[] | undefined, code: string): readonly string[] => [
  ...new Set([...(codes ?? []), code]),
];

interface GivenProps {
  readonly photo: QueuedPhoto;
  readonly onRemove: () => void;
}

function Given({ photo, onRemove }: GivenProps) {
  const text = t.value.hints;
  const without = ({ key, code }: NamedHint) => {
    const { [key]: old, ...rest } = photo.hints;
    const left = code === undefined || !Array.isArray(old) ? [] : (old as string[]).filter((other) => other !== code);
    setHints(photo.key, left.length > 0 ? { ...rest, [key]: left } : rest);
    onRemove();
  };
  const chips = namedHints(photo.hints);
  if (chips.length === 0) return null;
  return (
    <div class="chips">
      {chips.map((hint) => (
        <button
          key={hint.words}
          type="button"
          class="chip"
          onClick={() => without(hint)}
          aria-label={text.remove(hint.words)}
        >
          {hint.words} <Icon name="close" />
        </button>
      ))}
      {chips.length > 1 && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            setHints(photo.key, {});
            onRemove();
          }}
        >
          {text.clear}
        </button>
      )}
    </div>
  );
}

/** The hints' effect on the answer, as the server reports it. */
function Effect({ answer }: { readonly answer: LocateAnswer }) {
  const text = t.value.hints;
  const hints = answer.hints ?? null;
  if (hints === null) return null;
  return (
    <p class="doubts">
      {text.agreeing(percent(hints.agreeing_mass_without))}{' '}
      {hints.agreeing_mass_without < 0.05 && <strong>{text.unlikely} </strong>}
      {hints.changed ? text.changed(shortPlaceName(hints.without.place)) : text.unchanged}
    </p>
  );
}
