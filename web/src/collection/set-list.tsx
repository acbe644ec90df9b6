import type { LabelSets } from '../api/types.js';
import { hrefOf } from '../state/address.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { tagsSentence } from './tags-sentence.js';

/** All sets, with what the index knows of each. */
export function SetList({ sets }: { readonly sets: LabelSets }) {
  const text = t.value.collection;
  return (
    <>
      <h2>{text.title}</h2>
      <p>{text.what}</p>
      {sets.references === 0 && <p>{text.empty}</p>}
      <p>
        <a href={hrefOf('collection', { part: 'duplicates' })}>{text.duplicates}</a> ·{' '}
        <a href={hrefOf('collection', { part: 'audit' })}>{text.audit}</a>
      </p>
      <section class="stack">
        <h3>{text.sets}</h3>
        <p class="quiet-text">{text.english}</p>
        <ul class="sets">
          {sets.sets.map((set) => (
            <li key={set.name}>
              <a href={hrefOf('collection', { set: set.name })} lang="en">
                {plainText(set.title)}
              </a>
              <span class="quiet-text">
                <span lang="en">{plainText(set.subject)}</span> · {text.labels(count(set.labels.length))}
                {set.labelled > 0 && ` · ${text.labelled(count(set.labelled))}`}
              </span>
              <span class="quiet-text">{tagsSentence(set, sets.references)}</span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
