import { useEffect } from 'preact/hooks';
import { hrefOf } from '../state/address.js';
import { loadIndexFacts } from '../state/index-facts.js';
import { service } from '../state/service.js';
import { t } from '../text/language.js';

const ASK_MS = 3000;

/** What to do with an empty index. It is asked again and again, since the page is not told when something fills it. */
export function FirstStep() {
  const text = t.value.empty;
  useEffect(() => {
    const timer = setInterval(() => {
      if (service.peek() === 'ok') void loadIndexFacts();
    }, ASK_MS);
    return () => clearInterval(timer);
  }, []);
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
