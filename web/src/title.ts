import { shownAnswer } from './map/overlay.js';
import { address } from './state/address.js';
import { t } from './text/language.js';
import { shortPlaceName } from './text/place-name.js';
import { plainText } from './text/plain-text.js';
import { shortened } from './text/shortened.js';

/** Sets the tab's title: the answer or the search, the view, and the program. */
export function writeTitle(): void {
  const { view, parameters } = address.value;
  const { q, set } = parameters;
  const best = shownAnswer.value?.candidates[0];
  const shown = { browse: q && shortened(q), collection: set && shortened(set) };
  const place = best && shortPlaceName(best.place);
  const parts = [
    view === 'browse' || view === 'collection' ? shown[view] : place,
    t.value.header.view[view],
    'streetdex',
  ];
  document.title = plainText(parts.filter((part) => part !== undefined).join(' · '));
}
