import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { callApi } from '../api/call.js';
import type { Place } from '../api/types.js';
import { lookAt } from '../map/overlay.js';
import { count } from '../text/format.js';
import { countryName, t } from '../text/language.js';
import { announce } from '../ui/announcer.js';
import { ProblemNote } from '../ui/problem-note.js';
import { useLatest } from '../ui/use-latest.js';

const TYPING_MS = 150;
const ZOOM = { country: 4.5, region: 6.5, city: 10.5 } as const;

/** Goes to a place of the gazetteer by its name. */
export function PlaceSearch() {
  const text = t.value.browse;
  const name = useSignal('');
  const asked = name.value.trim();
  const found = useLatest<{ readonly places: readonly Place[] }>(
    asked,
    asked === '' ? null : (signal) => callApi('GET /v1/places', { query: { q: asked, limit: 6 }, signal }),
    TYPING_MS,
  ).value;
  const places = asked === '' ? [] : (found.value?.places ?? []);
  const answered = asked !== '' && found.question === asked;
  const entered = useSignal(false);
  useEffect(() => {
    if (answered && found.value !== null) announce(text.placesFound(count(found.value.places.length)));
  }, [answered, found.value]);
  const goTo = ({ point, level }: Place) => {
    lookAt({ centre: point, zoom: ZOOM[level] });
    name.value = '';
  };
  // Enter may come before the answer: the list then still has places of another name.
  useEffect(() => {
    if (!entered.value || !answered) return;
    entered.value = false;
    if (places[0] !== undefined) goTo(places[0]);
  }, [entered.value, answered]);
  return (
    <form
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        entered.value = asked !== '';
      }}
    >
      <label class="field">
        <span>{text.place}</span>
        <input
          type="search"
          maxLength={200}
          autoComplete="off"
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value;
            entered.value = false;
          }}
        />
      </label>
      <button type="submit">{text.go}</button>
      <ProblemNote problem={found.problem} />
      {asked !== '' && (
        <ul class="places">
          {places.map((place) => (
            <li key={place.id}>
              <button type="button" class="quiet" onClick={() => goTo(place)}>
                {place.name}{' '}
                <span class="quiet-text">
                  {[place.region, place.level === 'country' ? null : countryName(place.iso2)]
                    .filter(Boolean)
                    .join(', ')}
                </span>
              </button>
            </li>
          ))}
          {answered && places.length === 0 && <li>{text.noPlaces}</li>}
        </ul>
      )}
    </form>
  );
}
