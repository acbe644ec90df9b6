import type { ClassifyAnswer } from '../api/types.js';
import { decimals, percent } from '../text/format.js';
import { t } from '../text/language.js';
import { ShareBar } from '../ui/share-bar.js';

export function LabelResult({ answer }: { readonly answer: ClassifyAnswer }) {
  const text = t.value.label;
  return (
    <section>
      <h3>{text.result}</h3>
      <ul class="bars labels">
        {answer.labels.map(({ label, probability, logit }) => (
          <li key={label}>
            <ShareBar share={probability} />
            <span class="bar-share">{percent(probability)}</span>
            <span>
              {label}{' '}
              <span class="quiet-text">
                {text.logit} {decimals(logit, 2)}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
