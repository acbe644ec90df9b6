import type { LetterO } from '../../geo/parse-angle.js';
import type { FactName } from './cells.js';
import { DateColumn } from './date-column.js';
import type { DecimalMark } from './read-measure.js';
import type { PairOrder } from './read-pair.js';

/** How a manifest writes values that can be written in several ways, as all of its rows together show. */
export interface Conventions {
  readonly decimalMark: DecimalMark;
  readonly letterO: LetterO;
  readonly order: PairOrder;
  readonly dates: Pick<DateColumn, 'decide'>;
  /** Whether times without a zone are UTC. */
  readonly isUtc: boolean;
  /** Whether a number without a sign needs a hemisphere. */
  readonly isUnsigned: boolean;
  /** Name of a fact's column, for messages. */
  readonly nameOf: (fact: FactName) => string;
}

/** For manifests whose format leaves no choice. */
export const NO_CONVENTIONS: Conventions = {
  decimalMark: '.',
  letterO: null,
  order: 'lat_lon',
  dates: new DateColumn(),
  isUtc: false,
  isUnsigned: false,
  nameOf: (fact) => fact,
};
