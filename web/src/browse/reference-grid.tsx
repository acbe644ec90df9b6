import type { Reference, SimilarAnswer } from '../api/types.js';
import { pointed } from '../map/overlay.js';
import { setParameters } from '../state/address.js';
import { day, decimals } from '../text/format.js';
import { countryName } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { Picture } from '../ui/picture.js';
import { pointing } from '../ui/pointing.js';

/** A reference, or a result of a search. */
type Shown = Reference | SimilarAnswer['results'][number];

interface GridProps {
  readonly references: readonly Shown[];
}

/** References as pictures; each points at its mark on the map and opens on a click. */
export function ReferenceGrid({ references }: GridProps) {
  return (
    <ul class="neighbours">
      {references.map((reference) => (
        <li key={reference.id} class={pointed.value === reference.id ? 'pointed' : ''} {...pointing(reference.id)}>
          <button type="button" class="thumb" onClick={() => setParameters({ id: reference.id })}>
            <Picture path={reference.thumbnail} alt={nameOf(reference)} />
          </button>
          <span class="neighbour-facts">
            <span>{reference.country === null ? '' : countryName(reference.country)}</span>
            <span class="quiet-text">
              {'score' in reference ? decimals(reference.score, 3) : (reference.captured_at?.slice(0, 4) ?? '')}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function nameOf({ source, country, captured_at, id }: Shown): string {
  const parts = [
    source?.split('/').at(-1) ?? id.slice(0, 8),
    country === null ? '' : countryName(country),
    captured_at === null ? '' : day(captured_at),
  ];
  return plainText(parts.filter((part) => part !== '').join(', '));
}
