import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { callApi } from '../api/call.js';
import type { PlacedReference, SimilarAnswer } from '../api/types.js';
import { pointed, shownCoverage, shownSpots } from '../map/overlay.js';
import { address, hrefOf } from '../state/address.js';
import { coordinates, decimals, kilometres, moment } from '../text/format.js';
import { t } from '../text/language.js';
import { placeName } from '../text/place-name.js';
import { plainText } from '../text/plain-text.js';
import { Elsewhere } from '../ui/elsewhere.js';
import { Picture } from '../ui/picture.js';
import { ProblemNote } from '../ui/problem-note.js';
import { useLatest } from '../ui/use-latest.js';
import { lookAtPhoto } from './browse-state.js';
import { FullSize } from './full-size.js';
import { noteLeft, ReferenceGrid } from './reference-grid.js';

const SIMILAR = 12;
const ID = /^[0-9a-f]{32}$/;

/** One reference: its photo, its facts, and similar scenes. */
export function ReferenceView({ id }: { readonly id: string }) {
  const text = t.value.browse;
  const isId = ID.test(id);
  const reference = useLatest<PlacedReference>(
    id,
    isId ? (signal) => callApi('GET /v1/references/{id}', { path: { id }, signal }) : null,
  ).value;
  const asked = { reference_id: id, limit: SIMILAR, include_self: false, collapse: true };
  const similar = useLatest<SimilarAnswer>(
    id,
    isId ? (signal) => callApi('POST /v1/similar', { json: asked, signal }) : null,
  ).value;
  const facts = reference.value;
  const there = isId && reference.problem === null;
  useEffect(() => {
    shownCoverage.value = null;
    shownSpots.value = [...(facts === null ? [] : [facts]), ...(similar.value?.results ?? [])];
    pointed.value = id;
  }, [facts, similar.value]);
  useEffect(() => () => noteLeft(id), []);
  const loaded = facts !== null;
  // An effect runs a frame later: a reader who has left meanwhile is not taken back.
  const arrival = useMemo(() => address.peek().arrival, [id]);
  useEffect(() => {
    if (facts !== null && address.peek().arrival === arrival) lookAtPhoto(facts.point);
  }, [loaded]);
  const enlarged = useSignal(false);
  return (
    <article class="stack" aria-label={text.reference}>
      <h2>{text.reference}</h2>
      {there && (
        <div class="row">
          <button type="button" onClick={() => facts !== null && lookAtPhoto(facts.point)}>
            {text.onMap}
          </button>
          <a class="button" href={hrefOf('locate', { ref: id }, null)}>
            {text.locateThis}
          </a>
        </div>
      )}
      {isId ? (
        <ProblemNote problem={reference.problem} />
      ) : (
        <p class="notice warn" role="alert">
          {t.value.problem.codes.reference_not_found}
        </p>
      )}
      {facts !== null && (
        <>
          <button type="button" class="enlarge" onClick={() => (enlarged.value = true)}>
            <Picture
              path={facts.image}
              alt={plainText(facts.source ?? id)}
              class="reference-photo"
              size={facts}
              eager
            />
            <span>{text.fullSize}</span>
          </button>
          {enlarged.value && <FullSize reference={facts} onClose={() => (enlarged.value = false)} />}
          <FactTable facts={facts} />
          <Elsewhere key={id} point={facts.point} />
        </>
      )}
      {there && (
        <section aria-busy={similar.loading}>
          <h3>{text.similarTo}</h3>
          <ProblemNote problem={similar.problem} />
          <ReferenceGrid references={similar.value?.results ?? []} />
        </section>
      )}
    </article>
  );
}

function FactTable({ facts }: { readonly facts: PlacedReference }) {
  const names = t.value.browse.facts;
  const rows: readonly (readonly [string, string | null])[] = [
    [names.place, coordinates(facts.point)],
    [names.near, nearOf(facts.place)],
    [names.captured, facts.captured_at === null ? null : moment(facts.captured_at)],
    [names.heading, facts.heading_deg === null ? null : `${decimals(facts.heading_deg, 0)}°`],
    [names.altitude, facts.altitude_m === null ? null : `${decimals(facts.altitude_m, 0)} m`],
    [names.author, facts.author],
    [names.sequence, facts.sequence],
    [names.licence, facts.licence],
    [names.attribution, facts.attribution],
    [names.source, facts.source],
    [names.size, `${facts.width} × ${facts.height}`],
  ];
  return (
    <table class="facts">
      <tbody>
        {rows.map(([name, value]) =>
          value === null ? null : (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{plainText(value)}</td>
            </tr>
          ),
        )}
        {facts.url !== null && /^https?:/.test(facts.url) && (
          <tr>
            <th scope="row">{names.url}</th>
            <td>
              <a href={facts.url} rel="noreferrer noopener" target="_blank">
                {plainText(facts.url)}
              </a>
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** `Sopot, Pomerania, Poland`, with the distance where the photo is not in the place. */
function nearOf(place: PlacedReference['place']): string {
  const { distance_km } = place;
  const name = placeName(place);
  return place.name === null || distance_km === null ? name : t.value.browse.near(name, kilometres(distance_km));
}
