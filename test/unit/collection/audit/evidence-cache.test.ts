import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EvidenceCache } from '../../../../src/collection/audit/evidence-cache.js';
import { idOf, temporaryFolder } from '../../../support/references.js';

const evidence = (value: number) => ({ groups: Float32Array.from([value, 2, 1]), countries: Float32Array.from([0.5]) });

describe('the kept evidence of photos', () => {
  it('is there for the next audit, until what it rests on is another', () => {
    const file = join(temporaryFolder(), 'findings.sqlite');
    const first = new EvidenceCache(file, 'one');
    first.put([
      [idOf(1), evidence(1)],
      [idOf(2), evidence(2)],
    ]);
    first.close();
    const second = new EvidenceCache(file, 'one');
    expect(second.get(idOf(2))).toEqual(evidence(2));
    expect(second.get(idOf(3))).toBeNull();
    second.close();
    const third = new EvidenceCache(file, 'another');
    expect(third.get(idOf(2))).toBeNull();
    third.close();
    // Nor does it come back with the stamp.
    const fourth = new EvidenceCache(file, 'one');
    expect(fourth.get(idOf(2))).toBeNull();
    fourth.close();
  });
});
