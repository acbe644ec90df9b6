import { hrefOf } from '../state/address.js';
import { t } from '../text/language.js';

/** What to do with an empty index. */
export function FirstStep() {
  const text = t.value.empty;
  return (
    <section class="first-step">
      <h2>{text.title}</h2>
      <p>{text.why}</p>
      <p>{text.how}</p>
      <pre>
        <code>streetdex ingest PHOTOS --index DIR</code>
      </pre>
      <p>
        {text.or} <a href={hrefOf('ingest')}>{t.value.header.view.ingest}</a>.
      </p>
    </section>
  );
}
