import { useEffect } from 'preact/hooks';
import { address, hrefOf, openAddress, setParameters } from '../state/address.js';
import { t } from '../text/language.js';
import { leftList } from './browse-state.js';

/** Buttons and keys back to the list that a reference was opened from, and to the references before and after it. */
export function ReferenceSteps({ id }: { readonly id: string }) {
  const text = t.value.browse;
  const { ids } = leftList.value;
  const at = ids.indexOf(id);
  useEffect(() => {
    // The same keys as in the comparison; they work while the focus is in the panel.
    const panel = document.getElementById('panel');
    const hear = (event: KeyboardEvent) => {
      const by = { n: 1, p: -1 }[event.key];
      if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      if ((event.target as Element).closest('input, textarea, select, dialog') === null) step(by);
    };
    panel?.addEventListener('keydown', hear);
    return () => panel?.removeEventListener('keydown', hear);
  }, []);
  return (
    <div class="row">
      <button type="button" onClick={back}>
        ← {text.back}
      </button>
      {at >= 0 && ids.length > 1 && (
        <span class="row steps">
          <button type="button" aria-keyshortcuts="p" onClick={() => step(-1)}>
            {text.before}
          </button>
          <span class="quiet-text">{text.stepOf(at + 1, ids.length)}</span>
          <button type="button" aria-keyshortcuts="n" onClick={() => step(1)}>
            {text.next}
          </button>
          <span class="quiet-text compare-keys">{text.stepKeys}</span>
        </span>
      )}
    </div>
  );
}

/** Back to the list, and the map to where it was: it has followed the references since. */
function back(): void {
  const { view, parameters } = address.peek();
  const { id: _id, ...list } = parameters;
  openAddress(hrefOf(view, list, leftList.peek().map ?? undefined));
}

/** The next or previous reference of the list, around its ends; Back leads to the list and not through all of them. */
function step(by: number): void {
  const { ids } = leftList.peek();
  const at = ids.indexOf(address.peek().parameters.id ?? '');
  const next = ids[(at + by + ids.length) % ids.length];
  if (at >= 0 && next !== undefined) setParameters({ id: next });
}
