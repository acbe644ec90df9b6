import { computed, effect, signal } from '@preact/signals';
import { store, stored } from './stored.js';

export type Theme = 'light' | 'dark';

const dark = matchMedia('(prefers-color-scheme: dark)');
const system = signal<Theme>(dark.matches ? 'dark' : 'light');
const chosen = signal<Theme | null>(toTheme(stored('theme')));

/** The reader's choice, else the system's preference. */
export const theme = computed<Theme>(() => chosen.value ?? system.value);

export function switchTheme(): void {
  chosen.value = theme.value === 'dark' ? 'light' : 'dark';
  store('theme', chosen.value);
}

dark.addEventListener('change', ({ matches }) => {
  system.value = matches ? 'dark' : 'light';
});

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

function toTheme(text: string | null): Theme | null {
  return text === 'light' || text === 'dark' ? text : null;
}
