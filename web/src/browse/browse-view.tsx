import { t } from '../text/language.js';

export function BrowseView() {
  return <h2>{t.value.header.view.browse}</h2>;
}
