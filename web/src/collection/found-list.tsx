import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { leftList } from '../browse/browse-state.js';
import { address, hrefOf } from '../state/address.js';
import { t } from '../text/language.js';
import { ProblemNote } from '../ui/problem-note.js';
import type { Paged } from '../ui/use-pages.js';

interface FoundListProps {
  readonly title: string;
  readonly what: string;
  readonly list: Pick<Paged<unknown>, 'loading' | 'problem' | 'more'>;
  /** Ids of the photos that are listed, among which a photo that is opened has neighbours. */
  readonly ids: readonly string[];
  readonly children: ComponentChildren;
}

/** A list of what a command has found in the collection, page by page. */
export function FoundList({ title, what, list: { loading, problem, more }, ids, children }: FoundListProps) {
  useEffect(
    () => () => {
      leftList.value = { ids, map: address.peek().map };
    },
    [ids.length],
  );
  return (
    <>
      <p>
        <a href={hrefOf('collection')}>← {t.value.collection.title}</a>
      </p>
      <h2>{title}</h2>
      <p>{what}</p>
      <section class="stack" aria-busy={loading}>
        {children}
        <ProblemNote problem={problem} />
        {more !== null && (
          <button type="button" class="quiet" onClick={more}>
            {t.value.collection.more}
          </button>
        )}
      </section>
    </>
  );
}
