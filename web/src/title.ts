import { shownAnswer } from './map/overlay.js';
import { address } from './state/address.js';
import { t } from './text/language.js';
import { shortPlaceName } from './text/place-name.js';
import { plainText } from './text/plain-text.js';
import { shortened } from './text/shortened.js';

/** Sets the tab's title: the answer or the search, the view, and the program. */
export function writeTitle(): void {
  const { view, parameters } = address.value;
  const best = shownAnswer.value?.candidates[0];
  const { q } = parameters;
  const shown = view === 'browse' ? q && shortened(q) : best === undefined ? undefined : shortPlaceName(best.place);
  const parts = [shown, t.value.header.view[view], 'streetdex'];
  document.title = plainText(parts.filter((part) => part !== undefined).join(' · '));
}
