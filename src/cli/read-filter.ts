import { conditionsQuerySchema } from '../api/references.js';
import { fault } from '../domain/errors.js';
import { filterOfQuery } from '../http/checked-filter.js';
import type { ReferenceFilter } from '../references/reader.js';
import type { Invocation } from './command.js';
import { FILTER_FLAGS } from './filter-flags.js';

type FilterFlag = Exclude<keyof typeof FILTER_FLAGS, 'tag'>;

/** The filter of the flags except tags; undefined where none is given. @throws `usage` */
export function readFilter({ text, texts }: Pick<Invocation, 'text' | 'texts'>): ReferenceFilter | undefined {
  const { tag: _, ...flags } = FILTER_FLAGS;
  const names = Object.keys(flags) as FilterFlag[];
  const given = names.flatMap((name): [string, string | readonly string[]][] => {
    const values = 'multiple' in FILTER_FLAGS[name] ? texts(name) : text(name);
    return values === undefined || values.length === 0 ? [] : [[name.replaceAll('-', '_'), values]];
  });
  const parsed = conditionsQuerySchema.safeParse(Object.fromEntries(given));
  if (parsed.success) return filterOfQuery(parsed.data);
  const [issue] = parsed.error.issues;
  const flag = String(issue?.path[0] ?? '').replaceAll('_', '-');
  const value = [given.find(([name]) => name === issue?.path[0])?.[1] ?? ''].flat().join(', ');
  throw fault('usage', `Expected --${flag} ${describeFlag(flag)}, but got ${value || 'nothing'}: ${issue?.message}`);
}

function describeFlag(flag: string): string {
  const known = Object.entries(FILTER_FLAGS).find(([name]) => name === flag);
  return known === undefined ? '' : known[1].value;
}
