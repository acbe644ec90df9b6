import { useEffect } from 'preact/hooks';
import { FirstStep } from '../locate/first-step.js';
import { ModelNote } from '../locate/model-note.js';
import { clicked, lookAt, shownCoverage, shownSpots } from '../map/overlay.js';
import { address, hrefOf, openAddress } from '../state/address.js';
import { indexFacts } from '../state/index-facts.js';
import { t } from '../text/language.js';
import { AreaView } from './area-view.js';
import { leftList, mapZoom } from './browse-state.js';
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
      if (click.kind === 'cluster') zoomInto(click.id);
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

const CLOSER = 2.5;

function zoomInto(cell: string): void {
  const found = shownCoverage.peek()?.features.find((feature) => feature.id === cell);
  if (found === undefined) return;
  const [lon = 0, lat = 0] = found.geometry.coordinates;
  lookAt({ centre: { lat, lon }, zoom: Math.min(18, mapZoom() + CLOSER) });
}
