import { type LabelSet, parseLabelSet } from '../../src/collection/label-set.js';

/** A set of these labels with their sentences; in an exclusive one the first is for photos that don't show it. */
export function labelSetOf(
  id: string,
  kind: LabelSet['kind'],
  labels: Readonly<Record<string, readonly string[]>>,
  zeroShot = true,
): LabelSet {
  return parseLabelSet(
    {
      ...{ format: 'streetdex-label-set', version: 1, id, title: id, subject: 'a test', kind },
      ...{ taxonomy: { source: 'Ours', licence: 'None' }, zero_shot: zeroShot, known: 'Nothing.' },
      labels: Object.entries(labels).map(([name, sentences], i) => ({
        ...{ name, meaning: name, sentences },
        ...(kind === 'exclusive' && i === 0 ? { cannot_be_seen: true } : {}),
      })),
    },
    id,
  );
}
