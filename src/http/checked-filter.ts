import { fault } from '../domain/errors.js';
import { filterOf, oneExclude } from './schemas/filter.js';

/** @throws `request_invalid` where `exclude` stands twice. */
export function checkedFilter(options: Parameters<typeof filterOf>[0]) {
  if (!oneExclude(options)) {
    throw fault('request_invalid', 'Expected exclude once: beside filter or within it.', {
      errors: [{ path: 'exclude', message: 'Given twice.' }],
    });
  }
  return filterOf(options);
}
