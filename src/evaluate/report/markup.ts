import { escapeHtml } from '../../domain/escape-html.js';

/** Text that is markup. Only `markup` and `trusted` make one, so that data is always escaped. */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | null | readonly Part[];

/** A template of HTML or SVG: text is escaped, markup is inserted, lists are joined, null is left out. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((text, i) => text + render(parts[i] ?? null)).join(''));
}

/** For our own constants: a style sheet, the path of a line. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

function render(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(render).join('');
  return escapeText(String(part));
}

function escapeText(text: string): string {
  // Control characters are not allowed in a document; a lone surrogate can't be written in UTF-8.
  return escapeHtml(text).replace(/[^\P{Cc}\t\n\r]|\p{Cs}/gu, '\ufffd');
}
