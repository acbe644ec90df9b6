import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { callApi } from '../api/call.js';
import type { SimilarAnswer, SimilarQuery } from '../api/types.js';
import { shownCoverage, shownSpots } from '../map/overlay.js';
import { address, hrefOf, openAddress, setParameters } from '../state/address.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { shortened } from '../text/shortened.js';
import { announce } from '../ui/announcer.js';
import { ProblemNote } from '../ui/problem-note.js';
import { useLatest } from '../ui/use-latest.js';
import { browseFilter, searchFilter } from './browse-state.js';
import { ReferenceGrid } from './reference-grid.js';

const RESULTS = 48;

export function WordSearch() {
  const text = t.value.browse;
  const { parameters } = address.value;
  const { q = '' } = parameters;
  const words = useSignal(q);
  useEffect(() => {
    words.value = q;
  }, [q]);
  const search = (asked: string) => {
    if (asked === '') setParameters({ q: null });
    else if (asked !== q) openAddress(hrefOf('browse', { ...parameters, q: asked }));
  };
  return (
    <form
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        search(words.value.trim());
      }}
    >
      <label class="field">
        <span>{text.words}</span>
        <input
          type="search"
          placeholder={text.wordsExample}
          value={words.value}
          onInput={(event) => {
            words.value = event.currentTarget.value;
            if (words.value === '') setParameters({ q: null });
          }}
        />
      </label>
      <button type="submit">{text.search}</button>
    </form>
  );
}

/** Scenes that fit words, anywhere in the world, within the filters. */
export function WordResults({ words }: { readonly words: string }) {
  const text = t.value.browse;
  const filter = searchFilter(browseFilter.value);
  const question = JSON.stringify({ text: words, limit: RESULTS, collapse: true, filter });
  const found = useLatest<SimilarAnswer>(question, (signal) =>
    callApi('POST /v1/similar', { json: JSON.parse(question) as SimilarQuery, signal }),
  ).value;
  useEffect(() => {
    shownCoverage.value = null;
    shownSpots.value = found.value?.results ?? [];
    if (found.value !== null) announce(text.found(count(found.value.results.length)));
  }, [found.value]);
  return (
    <section aria-busy={found.loading}>
      <h3>{text.results(shortened(words))}</h3>
      <ProblemNote problem={found.problem} />
      {found.value?.results.length === 0 && <p>{text.noneHere}</p>}
      <ReferenceGrid references={found.value?.results ?? []} returns />
    </section>
  );
}
