import { scrolling } from './figures-table.js';
import { type Markup, markup } from './markup.js';

export interface FigureParts {
  readonly heading: string;
  readonly drawn: Markup;
  /** What it shows, in words, for everyone. */
  readonly words: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A drawing with its description, and the figures as a table for readers who can't see it or want the numbers. */
export function figure({ heading, drawn, words, head, rows }: FigureParts): Markup {
  return markup`<figure><h3>${heading}</h3>${drawn}<figcaption>${words}</figcaption>
<details><summary>The figures</summary>${scrolling(markup`<table><thead><tr>${head.map((text) => markup`<th scope="col">${text}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${row.map((text, i) => (i === 0 ? markup`<th scope="row">${text}</th>` : markup`<td>${text}</td>`))}</tr>`)}</tbody></table>`)}</details></figure>`;
}
