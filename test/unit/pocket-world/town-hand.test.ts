import { describe, expect, it } from '@jest/globals';
import { seaBearingDeg } from '../../../src/pocket-world/sea.js';
import { settingOf } from '../../../src/pocket-world/setting.js';
import { townHand } from '../../../src/pocket-world/town-hand.js';
import { town } from './towns-of-tests.js';

describe('townHand', () => {
  it('is the same for the same town, whatever it is called', () => {
    expect(townHand(town('DE', { name: 'Another' }))).toEqual(townHand(town('DE')));
  });

  it('tells the towns of one country apart by what is seen at a distance', () => {
    const hands = Array.from({ length: 200 }, (_, i) => townHand(town('DE', { id: `town ${i}` })));
    const looks = hands.map(({ landmark, banner, lamp, livery, walls }) =>
      [landmark.kind, banner, lamp, Math.floor(livery[0].h / 60), Math.floor(walls[0].h / 10)].join(),
    );
    expect(new Set(looks).size).toBeGreaterThan(190);
  });

  it('builds higher and wider in a larger town', () => {
    const mean = (population: number) => {
      const hands = Array.from({ length: 60 }, (_, i) => townHand(town('FR', { id: `town ${i}`, population })));
      return hands.reduce((sum, { storeys, laneM }) => sum + storeys + laneM, 0) / hands.length;
    };
    expect(mean(1_500_000)).toBeGreaterThan(mean(16_000) + 1.5);
  });
});

describe('settingOf', () => {
  it('knows hot from cold, dry from wet, and mountains from plains', () => {
    const singapore = settingOf({ lat: 1.3, lon: 103.8 });
    const cairo = settingOf({ lat: 30.04, lon: 31.24 });
    const oslo = settingOf({ lat: 59.9, lon: 10.7 });
    const kathmandu = settingOf({ lat: 27.7, lon: 85.3 });
    const warsaw = settingOf({ lat: 52.2, lon: 21 });
    expect(singapore.warmth).toBeGreaterThan(oslo.warmth);
    expect(singapore.wetness).toBeGreaterThan(0.9);
    expect(cairo.wetness).toBeLessThan(0.1);
    expect(kathmandu.relief).toBeGreaterThan(warsaw.relief);
  });
});

describe('seaBearingDeg', () => {
  it('looks the right way from coasts that are settled densely, within 60°', () => {
    for (const [lat, lon, bearing] of [
      [50.83, -0.14, 180], // Brighton
      [41.38, 2.17, 125], // Barcelona
      [44.06, 12.57, 45], // Rimini
      [43.7, 7.26, 170], // Nice
      [52.11, 4.28, 310], // The Hague
    ] as const) {
      const found = seaBearingDeg({ lat, lon }) ?? Number.NaN;
      expect(Math.abs(((found - bearing + 540) % 360) - 180)).toBeLessThan(60);
    }
  });

  it('sees none from inland', () => {
    for (const [lat, lon] of [
      [50.08, 14.43], // Prague
      [48.85, 2.35], // Paris
      [52.23, 21.01], // Warsaw
    ] as const)
      expect(seaBearingDeg({ lat, lon })).toBeNull();
  });
});
