import { describe, expect, it } from '@jest/globals';
import { fastestThatHolds } from '../../../../../src/clip/import/precision/choose-precision.js';
import type { ParityRecord } from '../../../../../src/clip/import/precision/measure-parity.js';
import { failedCounts, PARITY_LIMITS, parityOf } from '../../../../../src/clip/import/precision/parity.js';
import { parityTable } from '../../../../../src/clip/import/precision/parity-table.js';
import { toUnitVector, type UnitVector } from '../../../../../src/domain/unit-vector.js';

/** A unit vector in the plane at so many degrees. */
const at = (degrees: number): UnitVector =>
  toUnitVector([Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]);

const cosOf = (degrees: number) => Math.cos((degrees * Math.PI) / 180);

describe('parity of a precision with float32', () => {
  const images = [at(0), at(20), at(90), at(100)];
  const captions = [at(10), at(80), at(45)];

  it('is perfect for the same vectors', () => {
    expect(parityOf({ images, captions }, { images, captions }, { logitScale: 100, countries: [0, 1] })).toEqual({
      lowestCosine: 1,
      lowestCentredCosine: 1,
      logitDifferenceP99: 0,
      sameNeighbourShare: 1,
      sameCountryShare: 1,
    });
  });

  it('can’t be told of too few', () => {
    const few = { images: images.slice(1, 2), captions };
    for (const [embedded, countries] of [
      [few, [0, 1]],
      [{ images, captions }, [0]],
    ] as const) {
      expect(() => parityOf(embedded, embedded, { logitScale: 1, countries })).toThrow(
        expect.objectContaining({ code: 'parity_sample_too_small' }),
      );
    }
  });

  it('is the angle of the vector that moved most, among pictures and captions alike', () => {
    const moved = [at(1), at(20), at(90), at(100)];
    const turned = [at(10), at(77), at(45)];
    const one = parityOf({ images, captions }, { images: moved, captions }, { logitScale: 1, countries: [0, 1] });
    const two = parityOf(
      { images, captions },
      { images: moved, captions: turned },
      { logitScale: 1, countries: [0, 1] },
    );
    expect(one.lowestCosine).toBeCloseTo(cosOf(1), 6);
    expect(two.lowestCosine).toBeCloseTo(cosOf(3), 6);
  });

  it('tells more once the middle is taken away', () => {
    // Middle of 0°, 20°: at 10°, of length cos 10°. From there the first lies straight down, at a distance of sin 10°;
    // moved to 2° it lies at (cos 8° − cos 10°, −sin 8°) in axes along and across the middle.
    const near = { images: [at(0), at(20)], captions };
    const moved = { images: [at(2), at(20)], captions };
    const figures = parityOf(near, moved, { logitScale: 1, countries: [0, 1] });
    const along = cosOf(8) - cosOf(10);
    const across = Math.sin((8 * Math.PI) / 180);
    expect(figures.lowestCosine).toBeCloseTo(cosOf(2), 6);
    expect(figures.lowestCentredCosine).toBeCloseTo(across / Math.hypot(along, across), 5);
    expect(figures.lowestCentredCosine).toBeLessThan(figures.lowestCosine);
  });

  it('counts pictures whose nearest other one, or whose best country, is another', () => {
    // 60° has 90° for its nearest; moved to 30° it has 20°, and 20° has it in place of 0°.
    const before = { images: [at(0), at(20), at(60), at(90)], captions };
    const after = { images: [at(0), at(20), at(30), at(90)], captions };
    const figures = parityOf(before, after, { logitScale: 100, countries: [0, 1] });
    // Nearest before: 20, 0, 90, 60; after: 20, 30, 20, 30(= the same third picture).
    expect(figures.sameNeighbourShare).toBe(0.5);
    // Best country of 60° is the one at 80°; of 30° the one at 10°. The caption at 45° names no country.
    expect(figures.sameCountryShare).toBe(0.75);
  });

  it('takes the difference that 99 of 100 logits stay within', () => {
    const hundred = Array.from({ length: 50 }, () => at(0));
    const two = [at(90), at(-90)];
    const moved = hundred.map((vector, i) => (i === 0 ? at(30) : vector));
    const one = parityOf(
      { images: hundred, captions: two },
      { images: moved, captions: two },
      { logitScale: 10, countries: [0, 1] },
    );
    // One picture of 50 moved both of its two logits by 10 · sin 30°: 2 of 100, so the 99th is one of them.
    expect(one.logitDifferenceP99).toBeCloseTo(5, 4);
    const more = Array.from({ length: 200 }, (_, i) => (i === 0 ? at(30) : at(0)));
    const still = { images: Array.from({ length: 200 }, () => at(0)), captions: two };
    expect(
      parityOf(still, { images: more, captions: two }, { logitScale: 10, countries: [0, 1] }).logitDifferenceP99,
    ).toBeCloseTo(0, 6);
  });

  it('needs pictures and countries to compare', () => {
    expect(() => parityOf({ images, captions }, { images, captions }, { logitScale: 1, countries: [0] })).toThrow(
      'at least 2 pictures and 2 captions of countries',
    );
  });
});

const perfect = { ...PARITY_LIMITS, secondsPerCaption: 0.01, holds: true, failedOn: [] };
const record = (secondsPerImage: number, change: Partial<ParityRecord> = {}): ParityRecord => {
  const figures = { ...perfect, secondsPerImage, ...change };
  const failedOn = failedCounts(figures);
  return { ...figures, failedOn, holds: failedOn.length === 0 };
};

describe('the precision that auto takes', () => {
  it('is the fastest that holds on every count, figures at the limits included', () => {
    expect(fastestThatHolds({ fp32: record(1), 'int8-block': record(0.7), int8: record(0.4) })).toBe('int8');
  });

  it.each([
    ['lowestCosine', 0.9899],
    ['lowestCentredCosine', 0.9799],
    ['logitDifferenceP99', 1.01],
    ['sameNeighbourShare', 0.96],
    ['sameCountryShare', 0.96],
    ['lowestCosine', Number.NaN],
  ] as const)('is not one that fails on %s alone (%d)', (count, value) => {
    const int8 = record(0.1, { [count]: value });
    expect(int8.failedOn).toEqual([count]);
    expect(fastestThatHolds({ fp32: record(1), 'int8-block': record(0.7), int8 })).toBe('int8-block');
    expect(fastestThatHolds({ fp32: record(1), int8 })).toBe('fp32');
  });

  it('is float32 where a rounded one holds but is slower', () => {
    expect(fastestThatHolds({ fp32: record(0.05), 'int8-block': record(0.07) })).toBe('fp32');
  });
});

describe('the table of parity', () => {
  it('marks what fails and never rounds it up to the limit', () => {
    const int8 = record(0.4, { lowestCosine: 0.98999 });
    const tower = {
      floatLayers: 0,
      products: { float: 0, tensor: 0, token: 0, block: 4 },
      lowestCosine: 1,
      seconds: 1.5,
    };
    const lines = parityTable({
      ...{ precision: 'fp32', parity: { fp32: record(1), int8 } },
      fitted: { int8: { vision: tower, text: tower }, 'int8-block': { vision: tower, text: tower } },
    });
    expect(lines).toHaveLength(5);
    expect(lines[4]).toMatch(/^int8-block +1\.500 +1\.500 +slower$/);
    expect(lines[2]).toMatch(/^fp32 .*chosen$/);
    expect(lines[3]).toMatch(/^int8 +0\.9899! .*fails$/);
  });
});
