import { escapeHtml } from '../domain/escape-html.js';
import type { JsonSchema, OpenApiDocument, OpenApiOperation } from './openapi.js';

/** The page's own style; nothing comes from outside. */
export const DOCS_STYLE = `
:root { color-scheme: light dark; --line: #8884; --quiet: color-mix(in srgb, currentColor 65%, transparent); --accent: light-dark(#0b57a4, #8ab8f0); }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1.5rem 1rem 6rem; }
h1 { font-size: 1.7rem; margin: 0; } h2 { font-size: 1.15rem; margin: 0; } h3 { font-size: .95rem; margin: 1.2rem 0 .3rem; }
a { color: var(--accent); } code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
nav ul { list-style: none; padding: 0; columns: 18rem; } nav li { padding: .1rem 0; }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.2rem; }
.method { display: inline-block; min-width: 3.6rem; font: 600 .8rem ui-monospace, monospace; color: var(--accent); }
.quiet { color: var(--quiet); } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; } caption { text-align: left; color: var(--quiet); padding-bottom: .2rem; }
td, th { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-top: 1px solid var(--line); }
td:first-child { white-space: nowrap; }
`;

/** A page of the document for people: plain HTML, no script. */
export function renderDocs(api: OpenApiDocument): string {
  const calls = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const links = calls.map(
    ({ path, method, operation }) =>
      `<li><a href="#${escapeHtml(operation.operationId)}"><span class="method">${method}</span><code>${escapeHtml(path)}</code></a></li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>streetdex API</title><style>${DOCS_STYLE}</style></head>
<body><header><h1>streetdex API</h1><p class="quiet">version ${escapeHtml(api.info.version)} · <a href="openapi.json">openapi.json</a></p>
<p>${escapeHtml(api.info.description)}</p></header>
<nav aria-label="Calls"><ul>${links.join('')}</ul></nav>
<main>${calls.map((call) => renderCall(api, call)).join('')}
<section><h2>Schemas</h2>${Object.entries(api.components.schemas)
    .map(
      ([name, schema]) =>
        `<h3 id="schema-${escapeHtml(name)}"><code>${escapeHtml(name)}</code></h3>${renderFields(schema)}`,
    )
    .join('')}</section></main></body></html>
`;
}

function renderCall(api: OpenApiDocument, call: { path: string; method: string; operation: OpenApiOperation }): string {
  const { path, method, operation } = call;
  const parts = [
    `<h2><span class="method">${method}</span> <code>${escapeHtml(path)}</code></h2><p>${escapeHtml(operation.summary)}.</p>`,
    ...(operation.description ?? '')
      .split('\n\n')
      .filter((paragraph) => paragraph !== '')
      .map((paragraph) => `<p class="quiet">${inlineCode(paragraph)}</p>`),
    renderParameters(operation),
    renderBody(api, operation),
    renderResponses(operation),
  ];
  return `<section id="${escapeHtml(operation.operationId)}">${parts.join('')}</section>`;
}

function renderParameters({ parameters = [] }: OpenApiOperation): string {
  const rows = parameters.map(({ name, in: place, required, description, schema }) => [
    `<code>${escapeHtml(name)}</code>`,
    typeOf(schema),
    `${place}${required ? ', required' : ''}${description ? `. ${inlineCode(description)}` : ''}`,
  ]);
  return rows.length === 0 ? '' : table('Parameters', ['Name', 'Type', 'Meaning'], rows);
}

function renderBody(api: OpenApiDocument, { requestBody }: OpenApiOperation): string {
  return Object.entries(requestBody?.content ?? {})
    .map(([type, { schema }]) => {
      const name = schema.$ref === undefined ? null : nameOf(schema.$ref);
      const fields = name === null ? schema : (api.components.schemas[name] ?? {});
      const oneOf = schema.oneOf?.flatMap(({ required = [] }) => required);
      const note = oneOf ? `<p>Exactly one of ${oneOf.map((field) => `<code>${field}</code>`).join(', ')}.</p>` : '';
      return `<h3>Body: <code>${escapeHtml(type)}</code></h3>${note}${renderFields(fields)}`;
    })
    .join('');
}

function renderResponses({ responses }: OpenApiOperation): string {
  const rows = Object.entries(responses).map(([status, { description, content = {} }]) => [
    `<code>${status}</code>`,
    Object.entries(content)
      .map(([type, { schema }]) => `<code>${escapeHtml(type)}</code> ${typeOf(schema)}`)
      .join('<br>'),
    escapeHtml(description),
  ]);
  return table('Answers', ['Status', 'Content', 'Meaning'], rows);
}

function renderFields(schema: JsonSchema): string {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return `<p>${typeOf(schema)}</p>`;
  const { required = [] } = schema;
  const rows = properties.map(([name, field]) => [
    `<code>${escapeHtml(name)}</code>`,
    typeOf(field),
    `${required.includes(name) ? 'required. ' : ''}${inlineCode(field.description ?? '')}`,
  ]);
  return table('', ['Field', 'Type', 'Meaning'], rows);
}

function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = escapeHtml(nameOf(schema.$ref));
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (Array.isArray(schema.enum))
    return schema.enum.map((value) => `<code>${escapeHtml(JSON.stringify(value))}</code>`).join(' | ');
  if ('const' in schema) return `<code>${escapeHtml(JSON.stringify(schema.const))}</code>`;
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map((one: JsonSchema) => typeOf(one)).join(' | ');
  if (Array.isArray(schema.prefixItems)) return `[${schema.prefixItems.map(typeOf).join(', ')}]`;
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  const bounds = [
    schema.minimum === undefined ? '' : `≥ ${schema.minimum}`,
    schema.maximum === undefined || schema.maximum === Number.MAX_SAFE_INTEGER ? '' : `≤ ${schema.maximum}`,
  ].filter((bound) => bound !== '' && !bound.includes(String(Number.MAX_SAFE_INTEGER)));
  return escapeHtml([String(schema.type ?? 'any'), ...bounds].join(' '));
}

const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

function table(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('');
  const title = caption === '' ? '' : `<caption>${caption}</caption>`;
  return `<div class="scroll"><table>${title}<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function inlineCode(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}
