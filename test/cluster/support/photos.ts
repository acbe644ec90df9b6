import type { Source } from '../../../src/domain/reference.js';
import type { PhotoChange } from '../../../src/references/writer.js';
import { idOf, referenceOf, sourceOf, vectorOf } from '../../support/references.js';

/** A change that adds photo `i`. */
export function photo(i: number, source: Partial<Source> = {}): PhotoChange {
  const reference = referenceOf(i);
  return {
    ...{ kind: 'photo', id: idOf(i), facts: reference, iso2: null, source: sourceOf(i, source), gone: [] },
    embedded: { reference, vector: vectorOf(i) },
  };
}

export function photos(from: number, to: number, source: Partial<Source> = {}): readonly PhotoChange[] {
  return Array.from({ length: to - from }, (_, i) => photo(from + i, source));
}
