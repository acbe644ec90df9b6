import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { callApi } from '../api/call.js';
import type { Box, Coverage, Reference, ReferenceList } from '../api/types.js';
import { shownCoverage, shownSpots, viewed } from '../map/overlay.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { announce } from '../ui/announcer.js';
import { ProblemNote } from '../ui/problem-note.js';
import { useLatest } from '../ui/use-latest.js';
import { browseFilter, coverageQuery, listQuery } from './browse-state.js';
import { ReferenceGrid } from './reference-grid.js';

/** At most so many references are shown one by one; more as clusters. */
const SPOTS_MAX = 100;
const PAGE = 24;
const PAN_MS = 80;

/** The references in the area that the map shows. */
export function AreaView() {
  const text = t.value.browse;
  const filter = browseFilter.value;
  const { box, zoom } = viewed.value ?? { box: [-180, -85, 180, 85] as Box, zoom: 1 };
  const bbox = box.map((degrees) => degrees.toFixed(5)).join(',');
  const coverageAsked = { ...coverageQuery(filter), bbox, zoom: Number(zoom.toFixed(2)) };
  const coverage = useLatest<Coverage>(
    JSON.stringify(coverageAsked),
    viewed.value !== null ? (signal) => callApi('GET /v1/coverage', { query: coverageAsked, signal }) : null,
    PAN_MS,
  ).value;
  const total = useSignal<number | null>(null);
  const few = coverage.value !== null && coverage.value.references <= SPOTS_MAX;
  const listAsked = { ...listQuery(filter), bbox, limit: few ? SPOTS_MAX : PAGE };
  const listed = JSON.stringify(listAsked);
  const list = useLatest<ReferenceList>(
    listed,
    viewed.value === null ? null : (signal) => callApi('GET /v1/references', { query: listAsked, signal }),
    PAN_MS,
  ).value;
  useEffect(() => {
    shownCoverage.value = few ? null : coverage.value;
    if (coverage.value === null) return;
    const { references } = coverage.value;
    if (total.peek() !== references) announce(text.inViewNow(count(references)));
    total.value = references;
  }, [coverage.value, few]);
  useEffect(() => {
    shownSpots.value = few ? (list.value?.references ?? []) : [];
  }, [list.value, few]);
  const more = useSignal<{
    readonly after: string;
    readonly references: readonly Reference[];
    readonly cursor: string | null;
  } | null>(null);
  const extra = more.value?.after === listed ? more.value : null;
  // While the list is still of another area or filter, it has no next page.
  const next = list.question !== listed ? null : extra === null ? (list.value?.cursor ?? null) : extra.cursor;
  const notMore = useSignal<unknown>(null);
  const showMore = async (cursor: string) => {
    notMore.value = null;
    try {
      const page = await callApi('GET /v1/references', { query: { ...listAsked, cursor } });
      more.value = {
        after: listed,
        references: [...(extra?.references ?? []), ...page.references],
        cursor: page.cursor,
      };
    } catch (thrown) {
      notMore.value = thrown;
    }
  };
  const shown = [...(list.value?.references ?? []), ...(extra?.references ?? [])];
  return (
    <section aria-busy={list.loading}>
      <h3>
        {text.listed}
        {total.value !== null && <span class="quiet-text"> · {text.inView(count(total.value))}</span>}
      </h3>
      <ProblemNote problem={coverage.problem ?? list.problem} />
      {list.value !== null && shown.length === 0 && <p>{text.noneHere}</p>}
      <ReferenceGrid references={shown} returns />
      <ProblemNote problem={notMore.value} />
      {next !== null && (
        <button type="button" class="quiet" onClick={() => void showMore(next)}>
          {text.more}
        </button>
      )}
    </section>
  );
}
