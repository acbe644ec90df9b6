import { describe, expect, it } from '@jest/globals';
import { type PlaceEvidence, packEvidence, unpackEvidence } from '../../../../src/collection/audit/evidence.js';
import { bestPlace, placeFit } from '../../../../src/collection/audit/place-fit.js';
import { destination } from '../../../../src/geo/distance.js';

const order = new Map([
  ['PL', 0],
  ['DE', 1],
]);
const gdansk = { lat: 54.35, lon: 18.65 };
const berlin = { lat: 52.52, lon: 13.4 };
const evidence: PlaceEvidence = {
  groups: Float32Array.from([gdansk.lat, gdansk.lon, 0.75, berlin.lat, berlin.lon, 0.25]),
  countries: Float32Array.from([0.6, 0.4]),
};

describe('how well a place fits', () => {
  it('is by the neighbours’ weight under two kernels, and the captions’ share of the country', () => {
    const km = 30;
    const point = destination(gdansk, 90, km);
    // Berlin is 400 km away: only the wide kernel reaches it.
    const toBerlin = 431;
    const near = 0.75 * Math.exp(-km / 15);
    const wide = 0.75 * Math.exp(-km / 300) + 0.25 * Math.exp(-toBerlin / 300);
    const fit = placeFit(evidence, { point, iso2: 'PL' }, order);
    expect(fit).toBeCloseTo((near + wide) / 4 + 0.3 + 1e-5, 2);
    expect(placeFit(evidence, { point, iso2: 'DE' }, order) - fit).toBeCloseTo(-0.1, 6);
    // Half of the 0.6 that the country had.
    expect(placeFit(evidence, { point, iso2: null }, order) - fit).toBeCloseTo(-0.3, 6);
    expect(placeFit(evidence, { point, iso2: 'FR' }, order) - fit).toBeCloseTo(-0.3, 6);
  });

  it('goes by the side that is there where the other is not', () => {
    const alone = { groups: evidence.groups, countries: new Float32Array(0) };
    expect(placeFit(alone, { point: gdansk, iso2: 'PL' }, order)).toBeGreaterThan(0.75);
    const captions = { groups: new Float32Array(0), countries: evidence.countries };
    expect(placeFit(captions, { point: gdansk, iso2: 'PL' }, order)).toBeCloseTo(0.6 + 1e-5, 6);
    expect(bestPlace(captions, order, () => 'PL')).toBeNull();
  });

  it('is best at the neighbour that has the most', () => {
    expect(bestPlace(evidence, order, () => 'PL')?.point.lat).toBeCloseTo(gdansk.lat, 4);
    // In Germany alone the captions tip the scales, where the neighbours are even.
    const even = {
      groups: evidence.groups.map((value, i) => (i % 3 === 2 ? 0.5 : value)),
      countries: Float32Array.from([0.1, 0.9]),
    };
    expect(bestPlace(even, order, ({ lon }) => (lon > 15 ? 'PL' : 'DE'))?.point.lat).toBeCloseTo(berlin.lat, 4);
  });

  it('comes back from bytes', () => {
    expect(unpackEvidence(packEvidence(evidence))).toEqual(evidence);
    const empty = { groups: new Float32Array(0), countries: new Float32Array(0) };
    expect(unpackEvidence(packEvidence(empty))).toEqual(empty);
  });
});
