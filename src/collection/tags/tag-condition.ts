import { fault } from '../../domain/errors.js';
import type { TagTable } from './tag-table.js';

/** `road-surface:sett>=0.6`, or `road-surface:sett` for photos with this likeliest label. */
export interface TagCondition {
  readonly set: string;
  readonly label: string;
  readonly bound: { readonly least: boolean; readonly value: number } | null;
}

const FORM = /^([^:<>=\s]+):([^:<>=\s]+?)(?:(>=|<=)(\d+(?:\.\d+)?|\.\d+))?$/u;

/** @throws `tag_condition_invalid` */
export function parseTagCondition(text: string): TagCondition {
  const match = FORM.exec(text.trim());
  const value = Number(match?.[4]);
  if (match === null || (match[3] !== undefined && !(value <= 1))) {
    throw fault(
      'tag_condition_invalid',
      `Expected a tag like road-surface:sett>=0.6, or road-surface:sett for the likeliest label, with a number from 0 to 1, got '${text}'.`,
    );
  }
  const [, set = '', label = '', sign] = match;
  return { set, label, bound: sign === undefined ? null : { least: sign === '>=', value } };
}

/**
 * A test of places.
 * @throws `label_unknown`, and `tag_condition_invalid` for the likeliest label of a set where several may hold
 */
export function tagTest(table: TagTable, { label, bound }: TagCondition): (place: number) => boolean {
  const k = table.labelNumber(label);
  if (bound !== null) {
    const { least, value } = bound;
    // NaN, where there is no tag, is neither.
    return least ? (place) => table.value(k, place) >= value : (place) => table.value(k, place) <= value;
  }
  if (table.state.kind === 'independent') {
    throw fault(
      'tag_condition_invalid',
      `Expected a bound such as ${table.state.name}:${label}>=0.9: a photo may have several labels of ${table.state.name}, so none is the likeliest.`,
    );
  }
  return (place) => table.likeliest(place) === k;
}
