import type { LabelSet } from '../api/types.js';
import { t } from '../text/language.js';
import { keyOfLabel } from './label-steps.js';

interface ButtonsProps {
  readonly set: LabelSet;
  readonly chosen: readonly string[];
  readonly onChoose: (label: string) => void;
}

/** A button for each label, with its key. */
export function LabelButtons({ set, chosen, onChoose }: ButtonsProps) {
  const text = t.value.collection.labelling;
  return (
    <fieldset class="label-buttons">
      <legend>{set.kind === 'independent' ? text.chooseSome : text.choose}</legend>
      {set.labels.map(({ name, meaning }, i) => (
        <button
          key={name}
          type="button"
          title={meaning}
          aria-pressed={chosen.includes(name)}
          aria-keyshortcuts={keyOfLabel(i)}
          lang="en"
          onClick={() => onChoose(name)}
        >
          {keyOfLabel(i) !== undefined && (
            <span class="key" aria-hidden="true">
              {keyOfLabel(i)}
            </span>
          )}{' '}
          {name}
        </button>
      ))}
    </fieldset>
  );
}
