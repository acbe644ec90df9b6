/**
 * The first key that an object of this JSON has twice, or null: JSON.parse silently keeps the last, so two readers of one file
 * might see different tensors.
 *
 * @param json valid JSON
 */
export function repeatedKey(json: string): string | null {
  const open: (Set<string> | null)[] = [];
  let string: readonly [number, number] = [0, 0];
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    const keys = open.at(-1);
    if (char === '"') {
      const end = endOfString(json, at);
      string = [at, end];
      at = end - 1;
    } else if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    else if (char === ':' && keys) {
      // One key can be written in two ways by escapes, so parsed keys are compared.
      const key = JSON.parse(json.slice(...string)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return null;
}

/** Index after the closing quote. By hand, since a regular expression runs out of stack on a string of megabytes. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}
