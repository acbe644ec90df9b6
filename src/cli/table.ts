import { present } from '../domain/present.js';

const WIDTH = 80;
/** On a narrower terminal columns would hold no words. */
const WIDTH_MIN = 40;
const GAP = '  ';
/** A space at which a cell is not broken. */
export const KEPT = '\u00a0';

type Cell = string | number;
type Row = readonly Cell[];

/**
 * A table of padded columns; numbers are aligned right. `head` may be empty. Cells that do not fit into `width` are broken
 * between words where that adds the fewest lines, and within words only where nothing else helps.
 */
export function table(rows: readonly Row[], head: readonly string[], width = outputWidth()): string {
  const all = head.length > 0 ? [head, ...rows] : rows;
  const columns = Array.from({ length: Math.max(0, ...all.map((row) => row.length)) }, (_, i) =>
    all.map((row) => row[i] ?? ''),
  );
  const widths = fitted(columns, width);
  const lines = all.map((row) => rowLines(row, widths));
  if (head.length > 0) lines.splice(1, 0, [widths.map((w) => '─'.repeat(w)).join(GAP)]);
  return lines.flat().join('\n');
}

/** Lines of at most `width` columns; later ones are indented like the first. */
export function wrap(text: string, width: number): string[] {
  return wrapped(text, width, true) ?? [text];
}

/** Width of standard output: 80 where it is not a terminal, or does not tell. */
export function outputWidth(): number {
  const { isTTY, columns } = process.stdout;
  return isTTY && columns > 0 ? Math.max(WIDTH_MIN, columns) : WIDTH;
}

function rowLines(row: Row, widths: readonly number[]): string[] {
  const cells = row.map((cell, i) => ({ cell, lines: wrap(String(cell), present(widths[i])) }));
  const height = Math.max(...cells.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map(({ cell, lines }, i) => {
        const text = lines[line] ?? '';
        const space = ' '.repeat(present(widths[i]) - displayWidth(text));
        if (typeof cell === 'number') return space + text;
        return text + space;
      })
      .join(GAP)
      .trimEnd()
      .replaceAll(KEPT, ' '),
  );
}

/**
 * Narrows columns until all fit, each time the one that costs the fewest further lines for the width it gives. A column's words
 * are broken only below half of the width, unless nothing else helps.
 */
function fitted(columns: readonly (readonly Cell[])[], width: number): number[] {
  const widths = columns.map((cells) => Math.min(width, Math.max(...cells.map((cell) => displayWidth(String(cell))))));
  const excess = () => widths.reduce((sum, w) => sum + w, 0) + GAP.length * (widths.length - 1) - width;
  for (const unbroken of [width / 2, 1]) {
    while (excess() > 0) {
      const steps = columns.flatMap((cells, i) => narrower(cells, i, present(widths[i]), unbroken));
      const best = steps.sort((a, b) => a.price - b.price || b.from - a.from)[0];
      if (best === undefined) break;
      widths[best.column] = best.to;
    }
  }
  return widths;
}

/**
 * The next smaller width that saves anything, with its cost in lines for each column saved; words are broken only where
 * `unbroken` columns are left.
 */
function narrower(cells: readonly Cell[], column: number, from: number, unbroken: number) {
  if (from <= 1) return [];
  let [lines, to] = [0, 0];
  for (const cell of cells) {
    const mayBreak = typeof cell === 'string' && from > unbroken;
    const after = wrapped(String(cell), from - 1, mayBreak);
    if (after === null) return [];
    lines += after.length - wrap(String(cell), from).length;
    to = Math.max(to, ...after.map(displayWidth));
  }
  return [{ column, from, to, price: lines / (from - to) }];
}

/** The text in lines; null where a word is longer than `width` and may not be broken. */
function wrapped(text: string, width: number, withinWords: boolean): string[] | null {
  if (displayWidth(text) <= width) return [text];
  const indent = /^ */.exec(text)?.[0] ?? '';
  const room = width - indent.length;
  if (room < 1) return withinWords ? [text] : null;
  const lines: string[] = [];
  let line = '';
  for (const word of text.slice(indent.length).split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (displayWidth(joined) <= room) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    if (displayWidth(word) <= room) continue;
    if (!withinWords) return null;
    const pieces = broken(word, room);
    lines.push(...pieces.slice(0, -1));
    line = present(pieces.at(-1));
  }
  return [...lines, line].map((each) => indent + each);
}

/** A word in pieces of at most `width`, broken after a slash in a piece's second half where there is one. */
function broken(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const char of word) {
    if (piece !== '' && displayWidth(piece) + displayWidth(char) > width) {
      const slash = piece.lastIndexOf('/') + 1;
      const end = slash > piece.length / 2 ? slash : piece.length;
      pieces.push(piece.slice(0, end));
      piece = piece.slice(end);
    }
    piece += char;
  }
  return [...pieces, piece];
}

/** Columns that a terminal gives the text: wide scripts take two. */
function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let sum = 0;
  for (const char of text.normalize('NFC')) {
    if (/\p{Mark}/u.test(char)) continue;
    sum += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u.test(char) ? 2 : 1;
  }
  return sum;
}
