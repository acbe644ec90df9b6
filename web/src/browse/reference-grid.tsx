import type { Reference } from '../api/types.js';
import { pointed } from '../map/overlay.js';
import { setParameters } from '../state/address.js';
import { day, decimals } from '../text/format.js';
import { countryName } from '../text/language.js';
import { Picture } from '../ui/picture.js';
import { pointing } from '../ui/pointing.js';

interface GridProps {
  readonly references: readonly (Reference & { readonly score?: number })[];
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
              {reference.score === undefined
                ? reference.captured_at === null
                  ? ''
                  : reference.captured_at.slice(0, 4)
                : decimals(reference.score, 3)}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function nameOf({ source, country, captured_at, id }: Reference): string {
  const parts = [
    source?.split('/').at(-1) ?? id.slice(0, 8),
    country === null ? '' : countryName(country),
    captured_at === null ? '' : day(captured_at),
  ];
  return parts.filter((part) => part !== '').join(', ');
}
