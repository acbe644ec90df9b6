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
  /** How often the reader has gone to another address: what was asked of the map before is no wish for this one. */
  readonly arrival: number;
}

/** The state of the page as its address has it: `#/browse?q=palm+trees&at=54.35,18.64,9`. It never leaves the browser. */
export const address = signal<Address>({ ...read(), arrival: 0 });

let followed = location.hash;
addEventListener('hashchange', followBrowser);

/**
 * Takes up an address that the browser went to by itself: a link, Back. It says so only later (hashchange), and what is
 * written before that must not take the reader back.
 * @returns whether there was a new one
 */
export function followBrowser(): boolean {
  if (location.hash === followed) return false;
  followed = location.hash;
  clearTimeout(due);
  address.value = { ...read(), arrival: address.peek().arrival + 1 };
  return true;
}

/** The address of a view; the map stays where it is, unless another place is given, or null for none. */
export function hrefOf(view: View, parameters: Parameters = {}, map = address.value.map): string {
  return write({ view, parameters, map });
}

/** Opens an address as a link does: Back leads to the one before. */
export function openAddress(href: string): void {
  location.hash = href;
  followBrowser();
}

/**
 * Changes some parameters of the view (null takes one away) without a new entry in the history. Where the reader has left
 * for another address, they belonged to the one before and are dropped.
 */
export function setParameters(changes: Readonly<Record<string, string | null>>): void {
  if (followBrowser()) return;
  const { parameters } = address.peek();
  const next = Object.fromEntries(
    Object.entries({ ...parameters, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  replace({ ...address.peek(), parameters: next });
}

/** Where the map has come to rest, unless the reader has left for an address that names another place. */
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

/** Safari throws when an address changes a hundred times in ten seconds, as it does while one types: then a little later. */
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
