import { useEffect } from 'preact/hooks';
import { callApi } from '../api/call.js';
import type { Box, LabelSet, TagCells, TagPhotos } from '../api/types.js';
import { lookInto } from '../browse/browse-state.js';
import { ReferenceGrid } from '../browse/reference-grid.js';
import { clicked, shownShares, shownSpots, viewed } from '../map/overlay.js';
import { address, setParameters } from '../state/address.js';
import { t } from '../text/language.js';
import { ProblemNote } from '../ui/problem-note.js';
import { useLatest } from '../ui/use-latest.js';
import { usePages } from '../ui/use-pages.js';
import { Histogram } from './histogram.js';
import { ShareLegend } from './share-legend.js';

/** Colours say more in smaller cells than the counts of the other view do: those of one resolution further in. */
const FINER = 1.4;
const ZOOM_MAX = 24;
const PAGE = 24;
const PAN_MS = 80;
const ORDERS = ['most', 'doubt'] as const;

/** Where photos have a label, how much of it, and which: for a set that the index is tagged with. */
export function TagMap({ set }: { readonly set: LabelSet }) {
  const text = t.value.collection;
  const { parameters } = address.value;
  const labels = set.tags?.labels ?? [];
  const label = labels.find((name) => name === parameters.label) ?? labels[0] ?? '';
  const order = parameters.order === 'doubt' ? 'doubt' : 'most';
  const { box, zoom } = viewed.value ?? { box: [-180, -85, 180, 85] as Box, zoom: 1 };
  const path = { id: set.name };
  const bbox = box.map((degrees) => degrees.toFixed(5)).join(',');
  const asked = { label, bbox, zoom: Math.min(ZOOM_MAX, Number((zoom + FINER).toFixed(2))) };
  const cells = useLatest<TagCells & { readonly label: string }>(
    JSON.stringify(asked),
    async (signal) => ({ ...(await callApi('GET /v1/tags/{id}/cells', { path, query: asked, signal })), label }),
    PAN_MS,
  ).value;
  const photos = usePages<TagPhotos>(JSON.stringify([label, order]), (cursor, signal) =>
    callApi('GET /v1/tags/{id}/photos', {
      path,
      query: { label, order, limit: PAGE, ...(cursor !== null && { cursor }) },
      ...(signal !== undefined && { signal }),
    }),
  );
  const listed = photos.pages.flatMap((page) => page.photos);
  useEffect(() => {
    shownShares.value = cells.value;
  }, [cells.value]);
  useEffect(() => {
    shownSpots.value = [];
    const stop = clicked.subscribe((click) => {
      if (click?.kind !== 'cell') return;
      clicked.value = null;
      lookInto(shownShares.peek()?.features.find(({ id }) => id === click.id));
    });
    return () => {
      stop();
      shownShares.value = null;
    };
  }, []);
  const bySentences = set.tags?.made_by === 'sentences';
  return (
    <>
      <div class="row">
        <label class="field">
          <span>{text.label}</span>
          <select value={label} onChange={(event) => setParameters({ label: event.currentTarget.value })}>
            {labels.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="quiet-text" lang="en">
        {set.labels.find(({ name }) => name === label)?.meaning}
      </p>
      <ProblemNote problem={cells.problem} />
      {cells.value !== null && (
        <section class="stack" aria-busy={cells.loading}>
          <ShareLegend cells={cells.value} label={cells.value.label} />
          <Histogram counts={cells.value.histogram} label={cells.value.label} />
          {bySentences && <p class="quiet-text">{text.histogram.ranks}</p>}
        </section>
      )}
      <section class="stack" aria-busy={photos.loading}>
        <div class="row">
          <h3>{text.photos}</h3>
          <label class="field">
            <span class="unseen">{text.order}</span>
            <select value={order} onChange={(event) => setParameters({ order: event.currentTarget.value })}>
              {ORDERS.map((name) => (
                <option key={name} value={name}>
                  {text.orders[name]}
                </option>
              ))}
            </select>
          </label>
        </div>
        <p class="quiet-text">{bySentences ? text.rankedBySentences : text.ranked}</p>
        <ReferenceGrid references={listed} returns />
        <ProblemNote problem={photos.problem} />
        {photos.more !== null && (
          <button type="button" class="quiet" onClick={photos.more}>
            {text.more}
          </button>
        )}
      </section>
    </>
  );
}
