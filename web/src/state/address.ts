import { computed, signal } from '@preact/signals';

export const VIEWS = ['locate', 'browse', 'collection', 'label', 'ingest', 'about'] as const;
export type View = (typeof VIEWS)[number];
type Parameters = Readonly<Record<string, string>>;

interface Address {
  readonly view: View;
  /** The view's parameters: a query, filters, a choice. */
  readonly parameters: Parameters;
  /** The map's position, as lat,lon,zoom. */
  readonly map: string | null;
  /** Counts the reader's changes of address: requests to the map from before do not hold for this one. */
  readonly arrival: number;
}

/** The state of the page as its address has it: `#/browse?q=palm+trees&at=54.35,18.64,9`. It never leaves the browser. */
export const address = signal<Address>({ ...read(), arrival: 0 });

/** Whether the view that is open shows the map beside it. */
export const hasMap = computed(() => {
  const { view, parameters } = address.value;
  if (view === 'collection')
    return (
      parameters.id !== undefined ||
      (parameters.part === undefined ? parameters.set !== undefined : parameters.part === 'audit')
    );
  return view === 'locate' || view === 'browse';
});

let followed = location.hash;
addEventListener('hashchange', followBrowser);

/**
 * Reads the address after a link or Back. The browser reports these late (hashchange), and what is written before that must not
 * take the reader back.
 * @returns whether there was a new one
 */
export function followBrowser(): boolean {
  if (location.hash === followed) return false;
  followed = location.hash;
  clearTimeout(due);
  address.value = { ...read(), arrival: address.peek().arrival + 1 };
  return true;
}

/** The address of a view; the map's position stays, unless another is given, or null for none. */
export function hrefOf(view: View, parameters: Parameters = {}, map = address.value.map): string {
  return write({ view, parameters, map });
}

/** Opens an address like a link: Back leads to the former one. */
export function openAddress(href: string): void {
  location.hash = href;
  followBrowser();
}

/**
 * Changes some parameters of the view (null removes one) without a new entry in the history. Where the reader has gone to
 * another address, the changes are dropped.
 */
export function setParameters(changes: Readonly<Record<string, string | null>>): void {
  if (followBrowser()) return;
  const { parameters } = address.peek();
  const next = Object.fromEntries(
    Object.entries({ ...parameters, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  replace({ ...address.peek(), parameters: next });
}

/** Writes the map's position, unless the reader has gone to an address with another one. */
export function setMapPosition(at: string): void {
  const { map: before } = address.peek();
  followBrowser();
  const { map } = address.peek();
  if (map === before && map !== at) replace({ ...address.peek(), map: at });
}

function replace(next: Address): void {
  address.value = next;
  show();
}

let due: ReturnType<typeof setTimeout> | undefined;

/** Safari throws when an address changes a hundred times in ten seconds, as while typing: then it is written a little later. */
function show(): void {
  clearTimeout(due);
  try {
    history.replaceState(null, '', write(address.peek()));
    followed = location.hash;
  } catch {
    due = setTimeout(show, 1000);
  }
}

function write({ view, parameters, map }: Omit<Address, 'arrival'>): string {
  const query = new URLSearchParams({ ...parameters, ...(map !== null && { at: map }) }).toString();
  return `#/${view}${query === '' ? '' : `?${query.replaceAll('%2C', ',')}`}`;
}

function read(): Omit<Address, 'arrival'> {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  const { at = null, ...parameters } = Object.fromEntries(new URLSearchParams(query)) as Record<string, string>;
  return { view: VIEWS.find((view) => view === path) ?? 'locate', parameters, map: at };
}
