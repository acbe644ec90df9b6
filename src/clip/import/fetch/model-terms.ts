/** A model's terms of use, as far as its source states them. */
export interface ModelTerms {
  /** Its usual name: `CC BY-NC 4.0`; null where none is given. */
  readonly licence: string | null;
  /** The model's own limits of use, plain text; null where none are known. */
  readonly limits: string | null;
}

const LICENCES: Readonly<Record<string, string>> = {
  mit: 'MIT',
  'apache-2.0': 'Apache-2.0',
  'cc-by-4.0': 'CC BY 4.0',
  'cc-by-sa-4.0': 'CC BY-SA 4.0',
  'cc-by-nc-4.0': 'CC BY-NC 4.0',
  'cc-by-nc-sa-4.0': 'CC BY-NC-SA 4.0',
  'cc0-1.0': 'CC0 1.0',
  'bsd-3-clause': 'BSD-3-Clause',
};

interface Known {
  readonly name: RegExp;
  readonly licence: string | null;
  readonly limits: string;
}

/** Limits of use of well-known models by their makers, in our words. */
const KNOWN: readonly Known[] = [
  {
    name: /(^|\/)streetclip$/i,
    licence: 'CC BY-NC 4.0',
    limits:
      "For non-commercial use only (CC BY-NC 4.0). Its makers rule out using it to find where people's private photos were taken; it is made for public street-level scenes.",
  },
  {
    name: /^openai\/clip-vit-/i,
    licence: null,
    limits:
      'Its makers offer it for research: they hold any deployed use, commercial or not, to be out of scope, advise against others that were not tested for their own task and labels, rule out surveillance and the recognition of faces, and expect English captions.',
  },
];

const LIMITS_MAX = 800;

/**
 * The terms of a model from its card: `cardData` and `tags` as the hub gives them, else the README's own front matter.
 * @param name the hub's id, or a folder's name
 */
export function readTerms(
  name: string,
  readme: string | null,
  hub: { readonly cardData: unknown; readonly tags: readonly string[] } = { cardData: null, tags: [] },
): ModelTerms {
  const card = asRecord(hub.cardData);
  const front = /^---\r?\n([\s\S]*?)\r?\n---/.exec(readme ?? '')?.[1] ?? '';
  const field = (key: string) => text(card[key]) ?? frontField(front, key);
  const bases = [name, field('base_model')].filter((id) => id !== null);
  const known = KNOWN.find((model) => bases.some((id) => model.name.test(id)));
  const tag = hub.tags.find((entry) => entry.startsWith('license:'))?.slice('license:'.length) ?? null;
  const licence = licenceName(field('license') ?? tag, field('license_name'));
  return {
    licence: licence ?? known?.licence ?? null,
    limits: known?.limits ?? limitsOf(readme ?? ''),
  };
}

function licenceName(code: string | null, name: string | null): string | null {
  const chosen = code === null || code === 'other' || code === 'unknown' ? (name ?? code) : code;
  return chosen === null ? null : (LICENCES[chosen.toLowerCase()] ?? plain(chosen).slice(0, 100));
}

/** The text of the card under a heading on limits, uses that are out of scope, or the like. */
function limitsOf(readme: string): string | null {
  const heading = /^#{1,6}\s.*(?:out[ -]of[ -]scope|limitation|misuse|intended use).*$/im.exec(readme);
  if (heading === null) return null;
  const after = readme.slice(heading.index + heading[0].length);
  const section = plain(after.split(/^#{1,6}\s/m)[0] ?? '');
  if (section === '') return null;
  return section.length <= LIMITS_MAX ? section : `${section.slice(0, LIMITS_MAX).replace(/\s\S*$/, '')} …`;
}

/** Plain text: no markup, and no control characters, which could change what a terminal shows. */
const plain = (markdown: string): string =>
  markdown
    .replace(/<[^>]*>/g, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*`]+/g, '')
    .replace(/[#>|]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();

const frontField = (front: string, key: string): string | null => {
  const value = new RegExp(`^${key}:[ \\t]*(?:\\r?\\n[ \\t]*- )?["']?([^"'\\r\\n]+?)["']?[ \\t]*$`, 'm').exec(
    front,
  )?.[1];
  return value ?? null;
};

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

function text(value: unknown): string | null {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' && first !== '' ? first : null;
}
