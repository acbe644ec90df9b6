import { signal } from '@preact/signals';

export const VIEWS = ['locate', 'browse', 'label', 'ingest', 'about'] as const;
export type View = (typeof VIEWS)[number];
type Parameters = Readonly<Record<string, string>>;

interface Address {
  readonly view: View;
  /** What the view shows: a query, filters, a choice. */
  readonly parameters: Parameters;
  /** Where the map looks, as lat,lon,zoom. */
  readonly map: string | null;
}

/** The state of the page as its address has it: `#/browse?q=palm+trees&at=54.35,18.64,9`. It never leaves the browser. */
export const address = signal<Address>(read());

addEventListener('hashchange', () => {
  address.value = read();
});

/** The address of a view; the map stays where it is. */
export function hrefOf(view: View, parameters: Parameters = {}): string {
  const { map } = address.value;
  return write({ view, parameters, map });
}

/** Changes some parameters of the view (null takes one away) without a new entry in the history. */
export function setParameters(changes: Readonly<Record<string, string | null>>): void {
  const { view, parameters, map } = address.peek();
  const next = Object.fromEntries(
    Object.entries({ ...parameters, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  replace({ view, parameters: next, map });
}

export function setMapPosition(at: string): void {
  if (at !== address.peek().map) replace({ ...address.peek(), map: at });
}

function replace(next: Address): void {
  address.value = next;
  history.replaceState(null, '', write(next));
}

function write({ view, parameters, map }: Address): string {
  const query = new URLSearchParams({ ...parameters, ...(map !== null && { at: map }) }).toString();
  return `#/${view}${query === '' ? '' : `?${query.replaceAll('%2C', ',')}`}`;
}

function read(): Address {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  const { at = null, ...parameters } = Object.fromEntries(new URLSearchParams(query)) as Record<string, string>;
  return { view: VIEWS.find((view) => view === path) ?? 'locate', parameters, map: at };
}
