/** Columns of text, padded; numbers (and what looks like one) stand to the right. `head` may be empty. */
export function table(rows: readonly (readonly (string | number)[])[], head: readonly string[]): string {
  const all = head.length > 0 ? [head, ...rows] : rows;
  const widths: number[] = [];
  for (const row of all)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, width(String(cell)));
    });
  const lines = all.map((row) =>
    row
      .map((cell, i) => {
        const text = String(cell);
        const space = ' '.repeat((widths[i] as number) - width(text));
        if (typeof cell === 'number') return space + text;
        return i === row.length - 1 ? text : text + space;
      })
      .join('  '),
  );
  if (head.length > 0) lines.splice(1, 0, widths.map((w) => '─'.repeat(w)).join('  '));
  return lines.join('\n');
}

/** Columns that a terminal gives the text: wide scripts take two. */
function width(text: string): number {
  let sum = 0;
  for (const char of text.normalize('NFC')) {
    if (/\p{Mark}/u.test(char)) continue;
    sum += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u.test(char) ? 2 : 1;
  }
  return sum;
}
