import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { Point } from '../api/types.js';
import { placeLinks, placeNotations } from '../share/place-links.js';
import { coordinates } from '../text/format.js';
import { t } from '../text/language.js';
import { useCopying } from './copying.js';
import { Icon } from './icon.js';

interface ElsewhereProps {
  readonly point: Point;
  /** Shows the icon alone; the words are for screen readers, and for a resting pointer. */
  readonly small?: boolean;
}

/** A button that opens links to a point on other maps, and notations to copy. */
export function Elsewhere({ point, small }: ElsewhereProps) {
  const text = t.value.elsewhere;
  const open = useSignal(false);
  const id = useId();
  return (
    <div class="elsewhere">
      <button
        type="button"
        class="quiet"
        title={text.title}
        aria-expanded={open.value}
        aria-controls={id}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name="pin" /> <span class={small ? 'unseen' : ''}>{text.title}</span>
        <span class="unseen">: {coordinates(point)}</span>
      </button>
      <div id={id} hidden={!open.value}>
        {open.value && <Ways point={point} />}
      </div>
    </div>
  );
}

function Ways({ point }: { readonly point: Point }) {
  const text = t.value.elsewhere;
  const links = placeLinks(point);
  const notations = placeNotations(point);
  const { copy, said, byHand } = useCopying();
  return (
    <>
      <div class="row">
        {keysOf(links).map((name) => (
          <a key={name} href={links[name]} target="_blank" rel="noreferrer noopener" referrerpolicy="no-referrer">
            {text.links[name]}
          </a>
        ))}
      </div>
      <div class="row">
        {keysOf(notations).map((name) => (
          <button key={name} type="button" title={notations[name]} onClick={() => void copy(notations[name])}>
            {text.copy[name]}
          </button>
        ))}
        {said.value !== null && <span>{said.value}</span>}
      </div>
      {byHand.value !== null && <textarea readOnly rows={2} value={byHand.value} aria-label={text.title} />}
    </>
  );
}

const keysOf = <T extends object>(of: T) => Object.keys(of) as (keyof T)[];
