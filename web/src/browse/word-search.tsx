import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { callApi } from '../api/call.js';
import type { SimilarAnswer, SimilarQuery } from '../api/types.js';
import { shownCoverage, shownSpots } from '../map/overlay.js';
import { address, setParameters } from '../state/address.js';
import { t } from '../text/language.js';
import { ProblemNote } from '../ui/problem-note.js';
import { useLatest } from '../ui/use-latest.js';
import { browseFilter, searchFilter } from './browse-state.js';
import { ReferenceGrid } from './reference-grid.js';

const RESULTS = 48;

export function WordSearch() {
  const text = t.value.browse;
  const words = useSignal(address.value.parameters.q ?? '');
  return (
    <form
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        setParameters({ q: words.value.trim() || null });
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

/** Scenes that fit words, anywhere in the world; the filters hold. */
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
  }, [found.value]);
  return (
    <section aria-busy={found.loading}>
      <h3>{text.results(words)}</h3>
      <ProblemNote problem={found.problem} />
      {found.value?.results.length === 0 && <p>{text.noneHere}</p>}
      <ReferenceGrid references={found.value?.results ?? []} />
    </section>
  );
}
