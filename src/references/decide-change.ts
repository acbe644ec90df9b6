import { isDeepStrictEqual } from 'node:util';
import { SPOT_KM } from '../domain/geo-point.js';
import { isStored, type PhotoFacts, type Reference, type Source } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { distanceKm } from '../geo/distance.js';
import { hasTheSay, isSameSource } from './has-the-say.js';
import type { FailureState, SourceKey } from './known-files.js';
import type { StoredReference } from './reader.js';
import type { Change, ChangeResult, CopyChange, PhotoChange, WithdrawalChange } from './writer.js';

/** One thing that an engine has to do for a change; the steps are done in order. */
export type Step =
  | { readonly put: Reference; readonly vector: UnitVector }
  | { readonly update: string; readonly facts: PhotoFacts; readonly iso2: string | null }
  | { readonly putSource: Source; readonly of: string }
  | { readonly removeSource: SourceKey }
  | { readonly remove: string }
  | { readonly putFailure: SourceKey & FailureState }
  | { readonly clearFailure: SourceKey };

export interface Decision {
  readonly result: ChangeResult;
  readonly steps: readonly Step[];
}

/** What is stored and concerns a change; an engine looks it up first. */
export interface StoredBefore {
  /** Id of the reference that this file is a source of. */
  sourceOf(key: SourceKey): string | null;
  reference(id: string): StoredReference | null;
  /** Whether the reference's facts are kept as they were written, which a disk may fail to do. */
  isAsWritten(id: string): boolean;
}

/** What a change comes to, from what is stored: one rule for all engines. Reads, and changes nothing. */
export function decideChange(change: Change, stored: StoredBefore): Decision {
  switch (change.kind) {
    case 'photo':
      return decidePhoto(change, stored);
    case 'copy':
      return decideCopy(change, stored);
    case 'failure': {
      const { kind: _, ...failure } = change;
      const known = change.photoId !== null && stored.reference(change.photoId) !== null;
      return decided(known ? 'unchanged' : 'stored', [{ putFailure: failure }]);
    }
    case 'kept': {
      const { root, path, file, factsHash } = change;
      const [id, source] = sourceAt(change, stored);
      const cleared = { clearFailure: { root, path } };
      if (source === null) return decided('missing', [cleared]);
      return decided('stored', [cleared, { putSource: { ...source, ...file, factsHash }, of: id }]);
    }
    case 'withdrawal':
      return decideWithdrawal(change, stored);
    case 'cleared':
      return decided('stored', [{ clearFailure: { root: change.root, path: change.path } }]);
  }
}

function decided(did: ChangeResult['did'], steps: readonly Step[], photo: Partial<ChangeResult> = {}): Decision {
  return { result: { did, elsewhere: null, replaced: false, ...photo }, steps };
}

function decidePhoto({ id, source, facts, iso2, embedded, gone }: PhotoChange, stored: StoredBefore): Decision {
  const reference = stored.reference(id);
  const { root, path } = source;
  const before = stored.sourceOf(source);
  const replaced = before !== null && before !== id;
  const linking: Step[] = [{ putSource: source, of: id }, { clearFailure: { root, path } }];
  if (reference === null) {
    if (embedded === null) return decided('missing', []);
    return decided('added', [{ put: embedded.reference, vector: embedded.vector }, ...linking], { replaced });
  }
  const others = reference.sources.filter((one) => !isSameSource(one, source));
  const elsewhere = others.find((one) => distanceKm(one.point, source.point) > SPOT_KM) ?? null;
  const says = hasTheSay([source, ...others], gone) === source;
  if (says && !(isStored(facts, reference) && reference.iso2 === iso2 && stored.isAsWritten(id))) {
    return decided('updated', [...linking, { update: id, facts, iso2 }], { elsewhere, replaced });
  }
  return decided(before === id ? 'unchanged' : 'linked', linking, { elsewhere, replaced });
}

function decideCopy({ reference, vector }: CopyChange, stored: StoredBefore): Decision {
  const { sources, ...facts } = reference;
  const { id, iso2 } = facts;
  const before = stored.reference(id);
  const linking = sources
    .filter((source) => !before?.sources.some((one) => isDeepStrictEqual(one, source)))
    .map((source): Step => ({ putSource: source, of: id }));
  if (before === null) return decided('added', [{ put: facts, vector }, ...linking]);
  const differs = !isStored(facts, before) || before.iso2 !== iso2;
  const steps: readonly Step[] = differs ? [...linking, { update: id, facts, iso2 }] : linking;
  return decided(differs ? 'updated' : linking.length > 0 ? 'linked' : 'unchanged', steps);
}

function decideWithdrawal({ root, path, next }: WithdrawalChange, stored: StoredBefore): Decision {
  const [id, source] = sourceAt({ root, path }, stored);
  const reference = stored.reference(id);
  if (source === null || reference === null) return decided('missing', []);
  const left = reference.sources.filter((one) => !isSameSource(one, source));
  const removed = { removeSource: { root, path } };
  if (left.length === 0) return decided('removed', [removed, { remove: id }]);
  const heir = next && left.find((one) => isSameSource(one, next));
  if (!next || !heir) return decided('stored', [removed]);
  const facts = { ...reference, point: heir.point };
  return decided('updated', [
    removed,
    { putSource: { ...heir, factsHash: '' }, of: id },
    { update: id, facts, iso2: next.iso2 },
  ]);
}

function sourceAt(key: SourceKey, stored: StoredBefore): readonly [id: string, source: Source | null] {
  const id = stored.sourceOf(key) ?? '';
  const source = stored.reference(id)?.sources.find((one) => isSameSource(one, key));
  return [id, source ?? null];
}
