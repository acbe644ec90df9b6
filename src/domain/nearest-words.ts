import { present } from './present.js';

/**
 * The words that someone may have meant by `text`, the nearest first: those that as few slips as a third of its letters
 * lead to (a letter too many, too few, another one, or two that changed places), and those that begin with it.
 */
export function nearestWords(text: string, words: readonly string[]): readonly string[] {
  const asked = text.toLowerCase();
  const slipsMax = Math.max(1, Math.floor(asked.length / 3));
  return words
    .map((word) => {
      const known = word.toLowerCase();
      return { word, slips: asked.length > 1 && known.startsWith(asked) ? 0.5 : slipsBetween(asked, known) };
    })
    .filter(({ slips }) => slips <= slipsMax)
    .sort((a, b) => a.slips - b.slips)
    .slice(0, 3)
    .map(({ word }) => word);
}

/** ` Did you mean a, b or c?`, to stand behind a sentence; nothing for no words. */
export function didYouMean(words: readonly string[]): string {
  const last = words.at(-1);
  if (last === undefined) return '';
  return ` Did you mean ${words.length === 1 ? last : `${words.slice(0, -1).join(', ')} or ${last}`}?`;
}

/** Edit distance with neighbours that change places (optimal string alignment), by rows of the table. */
function slipsBetween(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let slips = Math.min(at(next, j - 1) + 1, at(row, j) + 1, at(row, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        slips = Math.min(slips, at(before, j - 2) + 1);
      next.push(slips);
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

const at = (row: readonly number[], i: number) => present(row[i]);
