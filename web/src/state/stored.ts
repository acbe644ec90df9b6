/** What this browser remembers of the page: language, theme. Storage may be forbidden; then nothing is remembered. */
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
    // It holds until the page is closed.
  }
}
