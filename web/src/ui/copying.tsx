import { type ReadonlySignal, useSignal } from '@preact/signals';
import { t } from '../text/language.js';
import { announce } from './announcer.js';

interface Copying {
  readonly copy: (words: string) => Promise<void>;
  /** Whether the last copying went well; null: none yet. */
  readonly said: ReadonlySignal<string | null>;
  /** What the browser did not let the page copy. */
  readonly byHand: ReadonlySignal<string | null>;
}

/** Copies words, says so, and keeps what could not be copied, to be shown. */
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
