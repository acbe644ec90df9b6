import type { LetterO } from '../../geo/parse-angle.js';
import type { FactName } from './cells.js';
import { DateColumn } from './date-column.js';
import type { DecimalMark } from './read-measure.js';
import type { PairOrder } from './read-pair.js';

/** How a manifest writes what can be written in several ways, as all of its rows together show it. */
export interface Conventions {
  readonly decimalMark: DecimalMark;
  readonly letterO: LetterO;
  readonly order: PairOrder;
  readonly dates: Pick<DateColumn, 'decide'>;
  /** Times without a zone are UTC. */
  readonly isUtc: boolean;
  /** Positions need a sign or a hemisphere. */
  readonly isUnsigned: boolean;
  /** What a fact's column is called, for sentences. */
  readonly nameOf: (fact: FactName) => string;
}

/** Of manifests whose format leaves no choice. */
export const NO_CONVENTIONS: Conventions = {
  decimalMark: '.',
  letterO: null,
  order: 'lat_lon',
  dates: new DateColumn(),
  isUtc: false,
  isUnsigned: false,
  nameOf: (fact) => fact,
};
