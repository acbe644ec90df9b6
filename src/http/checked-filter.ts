import type { z } from 'zod';
import type { filterSchema } from '../api/filter.js';
import type { conditionsQuerySchema } from '../api/references.js';
import { fault } from '../domain/errors.js';
import type { ReferenceFilter } from '../references/reader.js';

type FilterJson = z.output<typeof filterSchema>;

/**
 * `filter` and `exclude` of a query's options as one; undefined where neither is given.
 * @throws `request_invalid` where `exclude` stands twice: it would be left open which one counts
 */
export function checkedFilter(options: {
  readonly filter?: FilterJson | undefined;
  readonly exclude?: FilterJson['exclude'];
}): ReferenceFilter | undefined {
  const { filter, exclude = filter?.exclude } = options;
  if (options.exclude !== undefined && filter?.exclude !== undefined) {
    throw fault('request_invalid', 'Expected exclude once: beside filter or within it.', {
      errors: [{ path: 'exclude', message: 'Given twice.' }],
    });
  }
  return filter === undefined && exclude === undefined ? undefined : toReferenceFilter({ ...filter, exclude });
}

/** A query string's conditions in the words of the index, without what they say of tags; undefined for none. */
export function filterOfQuery({
  near,
  ...conditions
}: z.output<typeof conditionsQuerySchema>): ReferenceFilter | undefined {
  const filter = toReferenceFilter({
    ...conditions,
    ...(near && { near: { lat: near[0], lon: near[1], km: near[2] } }),
  });
  return Object.keys(filter).length === 0 ? undefined : filter;
}

/** What a filter says of tags, which the index does not know: `CollectionParts.narrow` takes it. */
export function tagsIn(filter: FilterJson | undefined): readonly string[] {
  return [filter?.tag ?? []].flat();
}

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
