import { t } from '../text/language.js';

export function IngestView() {
  return <h2>{t.value.header.view.ingest}</h2>;
}
