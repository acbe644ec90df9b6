import { z } from 'zod';
import type { ReferenceFilter } from '../../references/reader.js';
import { bboxSchema, capturedAfter, capturedBefore, iso2, nearSchema, referenceIdSchema } from './geo.js';
import { named } from './registry.js';

const VALUES_MAX = 1000;

/** One value or a list of them. */
function anyOf<T extends z.ZodType>(value: T) {
  return z.union([value, z.array(value).min(1).max(VALUES_MAX)]);
}

const text = z.string().min(1).max(500);

const conditions = {
  ids: z.array(referenceIdSchema).min(1).max(VALUES_MAX).describe('Ids of references.'),
  bbox: bboxSchema,
  near: nearSchema,
  country: anyOf(iso2).describe(
    'Country by borders, by its ISO 3166-1 alpha-2 code or its name; several mean any of them.',
  ),
  captured_after: capturedAfter,
  captured_before: capturedBefore,
  sequence: anyOf(text).describe('Name of a walk or drive.'),
  author: anyOf(text),
  source: anyOf(text).describe('Start of the path that a reference came from.'),
  source_id: anyOf(z.string().min(1).max(200)).describe(
    'A folder that references came from: an id that `/v1/facets` gives.',
  ),
  has_sequence: z.boolean().describe('Whether it belongs to a walk or drive.'),
};

const excludeSchema = named('Exclude', z.strictObject(conditions).partial());
export const filterSchema = named('Filter', z.strictObject({ ...conditions, exclude: excludeSchema }).partial());

export { excludeSchema };
export type FilterJson = z.output<typeof filterSchema>;

/** The filter in the words of the index: every condition holds, and nothing of `exclude`. */
export function toReferenceFilter(json: FilterJson): ReferenceFilter {
  const { exclude, ...rest } = json;
  return { ...toConditions(rest), ...(exclude === undefined ? {} : { exclude: toConditions(exclude) }) };
}

function toConditions(json: Omit<FilterJson, 'exclude'>): Omit<ReferenceFilter, 'exclude'> {
  const { bbox, near } = json;
  return {
    ...(json.ids && { ids: json.ids }),
    ...(bbox && { bbox: { west: bbox[0], south: bbox[1], east: bbox[2], north: bbox[3] } }),
    ...(near && { near }),
    ...(json.country && { country: [json.country].flat() }),
    ...(json.captured_after && { capturedAfter: json.captured_after }),
    ...(json.captured_before && { capturedBefore: json.captured_before }),
    ...(json.sequence && { sequence: [json.sequence].flat() }),
    ...(json.author && { author: [json.author].flat() }),
    ...(json.source && { source: [json.source].flat() }),
    ...(json.source_id !== undefined && { sourceRoot: [json.source_id].flat() }),
    ...(json.has_sequence !== undefined && { hasSequence: json.has_sequence }),
  };
}

/** `filter` and `exclude` of a query's options as one; undefined where neither is given. */
export function filterOf(options: {
  readonly filter?: FilterJson | undefined;
  readonly exclude?: FilterJson['exclude'] | undefined;
}): ReferenceFilter | undefined {
  if (options.filter === undefined && options.exclude === undefined) return undefined;
  const exclude = options.exclude ?? options.filter?.exclude;
  return toReferenceFilter({ ...options.filter, ...(exclude === undefined ? {} : { exclude }) });
}

/** Both places for `exclude` at once would leave it open which one counts. */
export function oneExclude(options: { filter?: FilterJson | undefined; exclude?: unknown }): boolean {
  return options.exclude === undefined || options.filter?.exclude === undefined;
}
