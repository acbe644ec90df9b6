import { expect, it } from '@jest/globals';
import { findReference, requireReference } from '../../../src/cli/find-reference.js';
import { toUnitVector } from '../../../src/domain/unit-vector.js';
import { FakeReferences } from '../../support/fake-references.js';

const IDS = [
  'ab12cd34000000000000000000000001',
  'ab12cd35000000000000000000000002',
  'ffff0000000000000000000000000003',
  ...Array.from({ length: 12 }, (_, i) => `7777${String(i).padStart(28, '0')}`),
];
const references = new FakeReferences(
  2,
  IDS.map((id) => ({ id, point: { lat: 0, lon: 0 }, vector: toUnitVector([1, 0]) })),
);

it('finds a reference by its id and by a start that no other has, in any case', async () => {
  expect(await findReference(references, IDS[0] as string)).toBe(IDS[0]);
  expect(await findReference(references, 'ab12cd35')).toBe(IDS[1]);
  expect(await findReference(references, 'FFFF')).toBe(IDS[2]);
});

it('lists what an ambiguous start may be', async () => {
  await expect(findReference(references, 'ab12')).rejects.toMatchObject({
    code: 'reference_ambiguous',
    family: 'caller',
  });
  await expect(findReference(references, 'ab12')).rejects.toThrow(`${IDS[0]}, ${IDS[1]}.`);
  await expect(findReference(references, '7777')).rejects.toThrow(/, 77770000000000000000000000000009 and more/);
});

it.each(['abc', 'ab12cd36', 'ab12cd34%', '', 'zzzz'])('finds none by %p', async (text) => {
  expect(await findReference(references, text)).toBeNull();
  await expect(requireReference(references, text)).rejects.toMatchObject({ code: 'reference_not_found' });
});
