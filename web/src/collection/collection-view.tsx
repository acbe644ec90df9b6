import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { callApi } from '../api/call.js';
import type { LabelSets } from '../api/types.js';
import { leftList } from '../browse/browse-state.js';
import { ReferenceSteps } from '../browse/reference-steps.js';
import { ReferenceView } from '../browse/reference-view.js';
import { ModelNote } from '../locate/model-note.js';
import { clicked, shownSpots } from '../map/overlay.js';
import { address, hrefOf, openAddress } from '../state/address.js';
import { indexFacts } from '../state/index-facts.js';
import { t } from '../text/language.js';
import { modelNotice } from '../text/model-notice.js';
import { ProblemNote } from '../ui/problem-note.js';
import { useLatest } from '../ui/use-latest.js';
import { AuditView } from './audit-view.js';
import { DuplicatesView } from './duplicates-view.js';
import { SetList } from './set-list.js';
import { SetView } from './set-view.js';

const POLL_MS = 1000;
/** Of a large index the answer takes its time, which tagging needs, too. */
const POLL_SHARE = 0.2;

/** What is about all photos and no set. */
const LISTS = new Map<string | undefined, () => JSX.Element>([
  ['duplicates', DuplicatesView],
  ['audit', AuditView],
]);

/** Questions to the whole index. Which set, which part of it and which label stand in the address. */
export function CollectionView() {
  const { set, id, part } = address.value.parameters;
  useEffect(() => {
    leftList.value = { ids: [], map: null };
    const stop = clicked.subscribe((click) => {
      if (click?.kind !== 'spot') return;
      clicked.value = null;
      openAddress(hrefOf('collection', { ...address.peek().parameters, id: click.id }));
    });
    return () => {
      stop();
      shownSpots.value = [];
    };
  }, []);
  if (id !== undefined) {
    return (
      <>
        <ReferenceSteps id={id} />
        <ReferenceView key={id} id={id} />
      </>
    );
  }
  const List = LISTS.get(part);
  const facts = indexFacts.value;
  const notice = modelNotice(facts?.notice ?? null, facts?.model_name);
  return (
    <>
      {notice !== null && <p class="notice warn">{notice}</p>}
      {set !== undefined || List === undefined ? <Sets chosen={set} /> : <List />}
      <ModelNote />
    </>
  );
}

/** The sets, or the one that is chosen; both know how far a tagging is. */
function Sets({ chosen }: { readonly chosen: string | undefined }) {
  const asked = useSignal(0);
  const ask = () => {
    asked.value++;
  };
  const tookMs = useRef(0);
  const sets = useLatest<LabelSets>(`${asked.value}`, async (signal) => {
    const from = performance.now();
    const answer = await callApi('GET /v1/label-sets', { signal });
    tookMs.current = performance.now() - from;
    return answer;
  }).value;
  useEffect(() => {
    shownSpots.value = [];
  }, []);
  const { run = null } = sets.value ?? {};
  useEffect(() => {
    if (run === null || run.ended) return;
    const timer = setTimeout(ask, Math.max(POLL_MS, tookMs.current / POLL_SHARE));
    return () => clearTimeout(timer);
  }, [sets.value]);
  if (sets.value === null) return <ProblemNote problem={sets.problem} />;
  const set = sets.value.sets.find(({ name }) => name === chosen);
  return (
    <>
      <ProblemNote problem={sets.problem} />
      {chosen === undefined && <SetList sets={sets.value} />}
      {set !== undefined && <SetView key={set.name} set={set} all={sets.value} onChange={ask} />}
      {chosen !== undefined && set === undefined && (
        <>
          <p class="notice warn" role="alert">
            {t.value.problem.codes.label_set_not_found}
          </p>
          <p>
            <a href={hrefOf('collection')}>{t.value.collection.allSets}</a>
          </p>
        </>
      )}
    </>
  );
}
