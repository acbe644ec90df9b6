/** A value that this browser remembers: language, theme. Where storage is forbidden, nothing is remembered. */
export function stored(name: string): string | null {
  try {
    return localStorage.getItem(`streetdex.${name}`);
  } catch {
    return null;
  }
}

export function store(name: string, value: string): void {
  try {
    localStorage.setItem(`streetdex.${name}`, value);
  } catch {
    // Without storage it holds until the page is closed.
  }
}
