import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseAngle } from '../../../src/geo/parse-angle.js';
import { placeLinks, placeNotations } from '../../../web/src/share/place-links.js';

const point = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe('links to a place elsewhere', () => {
  it('have the form that each map documents, as exact as the page shows the point', () => {
    expect(placeLinks({ lat: 54.3520252, lon: -18.6466384 })).toEqual({
      openStreetMap: 'https://www.openstreetmap.org/?mlat=54.35203&mlon=-18.64664#map=17/54.35203/-18.64664',
      streetView: 'https://www.google.com/maps/@?api=1&map_action=pano&viewpoint=54.35203,-18.64664',
      mapillary: 'https://www.mapillary.com/app/?lat=54.35203&lng=-18.64664&z=17',
      panoramax: 'https://api.panoramax.xyz/?focus=map&map=17/54.35203/-18.64664',
      satellite:
        'https://www.google.com/maps/@?api=1&map_action=map&basemap=satellite&center=54.35203,-18.64664&zoom=17',
    });
  });

  it('name the same plain numbers for every point: no exponent, no -0', () => {
    fc.assert(
      fc.property(point, (at) => {
        for (const link of Object.values(placeLinks(at))) {
          expect(new URL(link).protocol).toBe('https:');
          const numbers = link.match(/-?\d+\.\d{5}(?!\d)/g) ?? [];
          expect(numbers.length % 2).toBe(0);
          expect(numbers.length).toBeGreaterThan(0);
          expect(numbers).not.toContain('-0.00000');
          numbers.forEach((text, i) => {
            expect(Math.abs(Number(text) - (i % 2 === 0 ? at.lat : at.lon))).toBeLessThanOrEqual(0.50001e-5);
          });
        }
      }),
    );
    expect(placeLinks({ lat: -1e-9, lon: 1e-7 }).mapillary).toBe(
      'https://www.mapillary.com/app/?lat=0.00000&lng=0.00000&z=17',
    );
  });
});

describe('a place to be copied', () => {
  it.each([
    [{ lat: 54.3520252, lon: 18.6466384 }, '54.35203, 18.64664', `54°21'7.29"N 18°38'47.90"E`, 'geo:54.35203,18.64664'],
    [{ lat: -33.5, lon: -0.25 }, '-33.50000, -0.25000', `33°30'0.00"S 0°15'0.00"W`, 'geo:-33.50000,-0.25000'],
    // What is rounded up carries over to the minutes and degrees.
    [
      { lat: 9.999999, lon: -179.9999999 },
      '10.00000, -180.00000',
      `10°0'0.00"N 180°0'0.00"W`,
      'geo:10.00000,-180.00000',
    ],
    [{ lat: 90, lon: 12 }, '90.00000, 12.00000', `90°0'0.00"N 12°0'0.00"E`, 'geo:90.00000,0'],
    [{ lat: -1e-9, lon: -1e-9 }, '0.00000, 0.00000', `0°0'0.00"N 0°0'0.00"E`, 'geo:0.00000,0.00000'],
  ])('%j', (at, decimal, dms, geoUri) => {
    expect(placeNotations(at)).toEqual({ decimal, dms, geoUri });
  });

  it('in degrees, minutes and seconds is read back as the same point', () => {
    fc.assert(
      fc.property(point, (at) => {
        const [lat = '', lon = ''] = placeNotations(at).dms.split(' ');
        for (const [text, axis] of [
          [lat, 'lat'],
          [lon, 'lon'],
        ] as const) {
          const read = parseAngle(text, axis);
          expect(read).toMatchObject({ degrees: expect.closeTo(at[axis], 5) });
          expect(text).toMatch(/^\d+°[0-5]?\d'[0-5]?\d\.\d\d"[NSEW]$/);
        }
      }),
    );
  });
});
