import type { Reference } from '../../domain/reference.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import type { ExportColumn } from './columns.js';

/** Some references with their vectors, where these are wanted: as many, in the same order. */
export interface ExportPage {
  readonly references: readonly Reference[];
  readonly vectors: readonly UnitVector[] | null;
}

export interface ExportShape {
  readonly columns: readonly ExportColumn[];
  readonly withVectors: boolean;
  readonly dimension: number;
}

/** A file in the making. Each call gives the bytes that come next. */
export interface FormatWriter {
  begin(): Uint8Array | string;
  page(page: ExportPage): Uint8Array | string;
  end(): Uint8Array | string;
  /** What stands at the beginning in place of what `begin` gave, of the same length: for what is known at the end. */
  beginningAtEnd?(): Uint8Array;
}
