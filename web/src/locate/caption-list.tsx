import type { Caption } from '../api/types.js';
import { percent } from '../text/format.js';
import { t } from '../text/language.js';
import { ShareBar } from '../ui/share-bar.js';

/** Captions that fit the photo, by level: a country, a region and a city are not rivals. */
export function CaptionList({ captions }: { readonly captions: readonly Caption[] }) {
  const text = t.value.captions;
  if (captions.length === 0) return null;
  return (
    <section>
      <h3>{text.title}</h3>
      <ul class="bars">
        {captions.map(({ id, text: words, level, probability }) => (
          <li key={id}>
            <ShareBar share={probability} />
            <span class="bar-share">{percent(probability)}</span>
            <span>
              <span lang="en">{words}</span> <span class="quiet-text">{text.level[level]}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
