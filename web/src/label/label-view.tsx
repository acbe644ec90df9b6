import { t } from '../text/language.js';

export function LabelView() {
  return <h2>{t.value.header.view.label}</h2>;
}
