import { useEffect } from 'preact/hooks';
import { FirstStep } from '../locate/first-step.js';
import { ModelNote } from '../locate/model-note.js';
import { clicked, shownCoverage, shownSpots } from '../map/overlay.js';
import { address, hrefOf, openAddress } from '../state/address.js';
import { indexFacts } from '../state/index-facts.js';
import { t } from '../text/language.js';
import { AreaView } from './area-view.js';
import { leftList, lookInto } from './browse-state.js';
import { FilterForm } from './filter-form.js';
import { PlaceSearch } from './place-search.js';
import { ReferenceSteps } from './reference-steps.js';
import { ReferenceView } from './reference-view.js';
import { WordResults, WordSearch } from './word-search.js';

/** The references: on the map by area, by words, and one by one. */
export function BrowseView() {
  const { id, q } = address.value.parameters;
  useEffect(() => {
    // A visitor from another view has no list to go back to.
    leftList.value = { ids: [], map: null };
    const stop = clicked.subscribe((click) => {
      if (click === null) return;
      clicked.value = null;
      if (click.kind === 'spot') openAddress(hrefOf('browse', { ...address.peek().parameters, id: click.id }));
      if (click.kind === 'cluster') {
        lookInto(shownCoverage.peek()?.features.find((cell) => cell.id === click.id));
      }
    });
    return () => {
      stop();
      shownCoverage.value = null;
      shownSpots.value = [];
    };
  }, []);
  if (indexFacts.value?.references === 0) return <FirstStep />;
  if (id !== undefined)
    return (
      <>
        <ReferenceSteps id={id} />
        <ReferenceView key={id} id={id} />
      </>
    );
  return (
    <>
      <h2>{t.value.browse.title}</h2>
      <WordSearch />
      <PlaceSearch />
      <FilterForm />
      {q === undefined ? <AreaView /> : <WordResults key={q} words={q} />}
      <ModelNote />
    </>
  );
}
