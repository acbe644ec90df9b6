import { computed } from '@preact/signals';
import { address } from '../state/address.js';

/** How the references are narrowed, as the page's address has it. */
export interface BrowseFilter {
  readonly source: string;
  readonly from: string;
  readonly to: string;
  readonly country: string;
  readonly sequence: boolean;
}

export const browseFilter = computed<BrowseFilter>(() => {
  const { source = '', from = '', to = '', country = '', sequence } = address.value.parameters;
  return { source, from, to, country, sequence: sequence === '1' };
});

const isYear = (text: string): boolean => /^\d{4}$/.test(text);

/** The query of `GET /v1/coverage`. */
export function coverageQuery({ source, from, to, country, sequence }: BrowseFilter) {
  return {
    ...(source !== '' && { source: Number(source) }),
    ...(isYear(from) && { year_from: Number(from) }),
    ...(isYear(to) && { year_to: Number(to) }),
    ...(country !== '' && { country: [country] }),
    ...(sequence && { has_sequence: 'true' as const }),
  };
}

/** The query of `GET /v1/references`. */
export function listQuery(filter: BrowseFilter) {
  const { has_sequence, country, ...rest } = searchFilter(filter);
  return {
    ...rest,
    ...(country !== undefined && { country: [country] }),
    ...(has_sequence && { has_sequence: 'true' as const }),
  };
}

/** The same as a filter in JSON, for searches. */
export function searchFilter({ source, from, to, country, sequence }: BrowseFilter) {
  return {
    ...(source !== '' && { source_id: Number(source) }),
    ...(isYear(from) && { captured_after: `${from}-01-01` }),
    ...(isYear(to) && { captured_before: `${to}-12-31` }),
    ...(country !== '' && { country }),
    ...(sequence && { has_sequence: true }),
  };
}
