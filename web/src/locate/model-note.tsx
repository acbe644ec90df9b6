import { hrefOf } from '../state/address.js';
import { indexFacts } from '../state/index-facts.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { POCKET } from '../text/model-notice.js';

/** The model that answers, what it is good for, and what this page is not for. */
export function ModelNote() {
  const facts = indexFacts.value;
  const text = t.value.model;
  return (
    <footer class="model-note">
      {facts !== null && (
        <p>
          {text.answers} <strong>{facts.model_name}</strong>
          {facts.model_licence !== null && ` (${text.licence}: ${facts.model_licence})`},{' '}
          {text.references(count(facts.references))}.{facts.model_name === POCKET && ` ${text.pocket}`}
          {facts.model_name !== POCKET && facts.notice !== null && ` ${facts.notice}`}
        </p>
      )}
      <p>
        {text.notFor} <a href={hrefOf('about')}>{text.more}</a>
      </p>
    </footer>
  );
}
