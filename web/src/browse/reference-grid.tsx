import { useEffect, useRef } from 'preact/hooks';
import type { Reference, SimilarAnswer, TagPhoto } from '../api/types.js';
import { pointed } from '../map/overlay.js';
import { address, hrefOf } from '../state/address.js';
import { day, decimals, percent } from '../text/format.js';
import { countryName } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { Picture } from '../ui/picture.js';
import { pointing } from '../ui/pointing.js';
import { leftList } from './browse-state.js';

/** A reference, a result of a search, or a photo with its tag. */
type Shown = Reference | TagPhoto | SimilarAnswer['results'][number];

interface GridProps {
  readonly references: readonly Shown[];
  /** Whether the reader comes back to this list from a reference, and can step through it. */
  readonly returns?: boolean;
}

let left: string | null = null;

/** Notes the reference that the reader has just left. */
export function noteLeft(id: string): void {
  left = id;
}

/** References as pictures; each points at its mark on the map and opens on a click. */
export function ReferenceGrid({ references, returns }: GridProps) {
  const list = useRef<HTMLUListElement>(null);
  const { view, parameters } = address.value;
  const shown = useRef(references);
  shown.current = references;
  useEffect(() => {
    if (!returns) return;
    return () => {
      leftList.value = { ids: shown.current.map(({ id }) => id), map: address.peek().map };
    };
  }, []);
  useEffect(() => {
    const at = returns ? references.findIndex(({ id }) => id === left) : -1;
    if (at < 0) return;
    left = null;
    const { activeElement: focused, body } = document;
    if (focused === body || focused?.id === 'panel') list.current?.querySelectorAll<HTMLElement>('.thumb')[at]?.focus();
  }, [references]);
  return (
    <ul class="neighbours" ref={list}>
      {references.map((reference) => (
        <li key={reference.id} class={pointed.value === reference.id ? 'pointed' : ''} {...pointing(reference.id)}>
          <a class="thumb" href={hrefOf(view, { ...parameters, id: reference.id })}>
            <Picture path={reference.thumbnail} alt={nameOf(reference)} />
          </a>
          <span class="neighbour-facts">
            <span>{reference.country === null ? '' : countryName(reference.country)}</span>
            <span class="quiet-text">{figureOf(reference)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function figureOf(shown: Shown): string {
  if ('score' in shown) return decimals(shown.score, 3);
  return 'value' in shown ? percent(shown.value) : (shown.captured_at?.slice(0, 4) ?? '');
}

function nameOf({ source, country, captured_at, id }: Shown): string {
  const parts = [
    source?.split('/').at(-1) ?? id.slice(0, 8),
    country === null ? '' : countryName(country),
    captured_at === null ? '' : day(captured_at),
  ];
  return plainText(parts.filter((part) => part !== '').join(', '));
}
