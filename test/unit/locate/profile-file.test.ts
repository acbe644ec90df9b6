import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { toUnitVector } from '../../../src/domain/unit-vector.js';
import { type BlendProfile, DEFAULT_PROFILE } from '../../../src/locate/blend-profile.js';
import { profileFor, readProfile, summariseProfile, writeProfile } from '../../../src/locate/profile-file.js';
import { backupIndex } from '../../../src/references/embedded/backup-index.js';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { levelsUpTo } from '../../support/levels-up-to.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const FILE = 'blend-profile.json';
const MODEL = { modelId: 'a'.repeat(64), modelName: 'tiny', dimension: 3 };
const fitted: BlendProfile = {
  ...DEFAULT_PROFILE,
  name: 'city of 2026',
  blend: { ...DEFAULT_PROFILE.blend, beta: 0.7 },
  calibration: {
    not_indexed_edges: [0.5],
    bins: [
      { spread_edges: [0.3], radius_50: [1, 1.5], radius_90: [1.2, 2], draws_50: [[1.1, 1.4]], draws_90: [[1.2, 3]] },
      { spread_edges: [], radius_50: [2], radius_90: [2], draws_50: [[2.1]], draws_90: [[3]] },
    ],
    ...{ levels: levelsUpTo(0.4), queries: 900, authors: 300 },
  },
  provenance: {
    ...DEFAULT_PROFILE.provenance,
    model: MODEL.modelId,
    queries: 1500,
    authors: 400,
    date: '2026-11-22T10:00:00Z',
  },
};

describe('the blend profile kept with an index', () => {
  it('comes back as it was written, in place of the one before, and leaves no draft', () => {
    const folder = temporaryFolder();
    expect(readProfile(folder)).toBeNull();
    writeProfile(folder, DEFAULT_PROFILE);
    writeProfile(folder, fitted);
    expect(readProfile(folder)).toEqual(fitted);
    expect(readdirSync(folder)).toEqual([FILE]);
  });

  it('is still the old one where the new one can’t be written, or could not be read again', () => {
    const folder = temporaryFolder();
    writeProfile(folder, fitted);
    const wrong = { ...fitted, blend: { ...fitted.blend, alpha: Number.NaN } };
    expect(() => writeProfile(folder, wrong)).toThrow(/alpha/);
    mkdirSync(join(folder, `${FILE}.tmp-${process.pid}`));
    expect(() => writeProfile(folder, DEFAULT_PROFILE)).toThrow();
    expect(readProfile(folder)).toEqual(fitted);
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, 100)],
    ['empty', () => ''],
    ['of another kind', () => '[1, 2]'],
    ['with a weight that is none', (text: string) => text.replace(/"alpha": 1/, '"alpha": "much"')],
    ['of a newer version', (text: string) => text.replace(/"version": 2/, '"version": 3')],
  ])('is refused when it is %s, by its path and with a way on', (_name, damage) => {
    const folder = temporaryFolder();
    writeProfile(folder, fitted);
    const file = join(folder, FILE);
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    for (const read of [() => readProfile(folder), () => profileFor(folder, MODEL.modelId)]) {
      expect(read).toThrow(expect.objectContaining({ code: 'blend_profile_invalid', family: 'operator' }));
      expect(read).toThrow(file);
      expect(read).toThrow(/streetdex tune/);
    }
  });

  it('is used for the model it was fitted for, and for no other', () => {
    const folder = temporaryFolder();
    expect(profileFor(folder, MODEL.modelId)).toEqual({ profile: DEFAULT_PROFILE, refused: null });
    writeProfile(folder, fitted);
    const own = profileFor(folder, MODEL.modelId);
    expect(own).toEqual({ profile: fitted, refused: null });
    expect(summariseProfile(own)).toEqual({
      ...{ calibrated: true, profile: 'city of 2026', date: '2026-11-22T10:00:00Z', queries: 1500, authors: 400 },
      refused: null,
    });
    const other = profileFor(folder, 'b'.repeat(64));
    expect(other.profile).toBe(DEFAULT_PROFILE);
    expect(summariseProfile(other)).toMatchObject({ calibrated: false, profile: 'default', queries: 0 });
    expect(other.refused).toMatch(/city of 2026.*aaaaaaaaaaaa….*bbbbbbbbbbbb….*tune/);
    writeProfile(folder, { ...fitted, provenance: { ...fitted.provenance, model: null } });
    expect(profileFor(folder, MODEL.modelId).refused).not.toBeNull();
  });

  it('of version 1 keeps its weights and loses its calibration, with a sentence that says what to do', () => {
    const folder = temporaryFolder();
    const file = join(folder, FILE);
    const first = {
      ...{ ...fitted, version: 1, decision: { ...fitted.decision, confident_spread: 0.6 } },
      calibration: {
        ...{ spread_edges: [0.3], radius_50: [1, 1.5], radius_90: [1.2, 2], confident_spread: 0.4, risk: 0.1 },
        ...{ queries: 900, authors: 300 },
      },
    };
    writeFileSync(file, JSON.stringify(first));
    const inUse = profileFor(folder, MODEL.modelId);
    expect(inUse.profile).toEqual({ ...fitted, calibration: null });
    expect(inUse.refused).toMatch(/city of 2026.*its calibration is not.*streetdex tune/);
    expect(readProfile(folder)).toEqual({ ...fitted, calibration: null });
    writeFileSync(file, JSON.stringify({ ...first, calibration: null }));
    expect(profileFor(folder, MODEL.modelId)).toEqual({ profile: { ...fitted, calibration: null }, refused: null });
    writeFileSync(file, JSON.stringify({ ...first, blend: { ...fitted.blend, alpha: 'much' } }));
    expect(() => profileFor(folder, MODEL.modelId)).toThrow(/alpha/);
  });

  it('goes with the index into a backup, and does not keep its folder from being one', async () => {
    const folder = temporaryFolder();
    writeProfile(folder, fitted);
    const writer = await openWriter(folder, MODEL);
    const row = { id: '0'.repeat(32), sha256: '0'.repeat(64), point: { lat: 1, lon: 2 }, iso2: null };
    const none = { headingDeg: null, altitudeM: null, capturedAt: null, author: null, sequence: null, licence: null };
    writer.transaction((tx) => {
      tx.put({ ...row, ...none, attribution: null, url: null, width: 1, height: 1, bytes: 1 }, toUnitVector([1, 2, 3]));
    });
    await writer.checkpoint();
    await writer.close();
    const target = join(temporaryFolder(), 'copy');
    await backupIndex(folder, target);
    expect(readProfile(target)).toEqual(fitted);
    const reader = await openReader(target);
    expect(profileFor(target, reader.modelId).profile).toEqual(fitted);
    await reader.close();
  });
});
