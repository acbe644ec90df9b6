import { useSignal } from '@preact/signals';
import { useLatest } from './use-latest.js';

export interface Paged<Page> {
  readonly pages: readonly Page[];
  readonly problem: unknown;
  readonly loading: boolean;
  /** Asks for the next page; null where there is none. */
  readonly more: (() => Promise<void>) | null;
}

/**
 * The pages of a list: the first at once, the others when they are asked for. Another question begins anew.
 * @param ask null: nothing is asked
 */
export function usePages<Page extends { readonly cursor: string | null }>(
  question: string,
  ask: ((cursor: string | null, signal?: AbortSignal) => Promise<Page>) | null,
): Paged<Page> {
  const first = useLatest<Page>(question, ask && ((signal) => ask(null, signal))).value;
  const later = useSignal<{ readonly of: Page | null; readonly pages: readonly Page[]; readonly problem: unknown }>({
    of: null,
    pages: [],
    problem: null,
  });
  const busy = useSignal(false);
  const known = later.value.of === first.value ? later.value : { pages: [], problem: null };
  const pages = first.value === null ? [] : [first.value, ...known.pages];
  // While the list is still that of another question, it has no next page.
  const cursor = first.question === question ? (pages.at(-1)?.cursor ?? null) : null;
  const more = async () => {
    if (ask === null || busy.peek()) return;
    busy.value = true;
    try {
      const page = await ask(cursor);
      later.value = { of: first.value, pages: [...known.pages, page], problem: null };
    } catch (problem) {
      later.value = { of: first.value, pages: known.pages, problem };
    } finally {
      busy.value = false;
    }
  };
  return {
    pages,
    problem: first.problem ?? known.problem,
    loading: first.loading || busy.value,
    more: cursor === null ? null : more,
  };
}
