import { type ReadonlySignal, useSignal } from '@preact/signals';
import { t } from '../text/language.js';
import { announce } from './announcer.js';

interface Copying {
  readonly copy: (words: string) => Promise<void>;
  /** The outcome of the last copying, in words; null before the first. */
  readonly said: ReadonlySignal<string | null>;
  /** The text that the browser did not let the page copy. */
  readonly byHand: ReadonlySignal<string | null>;
}

/** Copies a text and announces it; a text that could not be copied is kept to be shown. */
export function useCopying(): Copying {
  const said = useSignal<string | null>(null);
  const byHand = useSignal<string | null>(null);
  const copy = async (words: string) => {
    const text = t.peek().share;
    try {
      await navigator.clipboard.writeText(words);
      said.value = text.copied;
      byHand.value = null;
    } catch {
      said.value = text.notCopied;
      byHand.value = words;
    }
    announce(said.value);
  };
  return { copy, said, byHand };
}
