import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { answerFeatures, answerGeoJson } from '../../../src/client/answer-geojson.js';
import type { LocateAnswer } from '../../../src/client/client.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { someVerdict } from '../../support/some-verdict.js';

type Candidate = LocateAnswer['candidates'][number];

const place = { name: 'Sopot', region: null, country: 'Poland', iso2: 'PL', distance_km: 1 };
const because = { retrieval_nats: 1, captions_nats: 1, neighbours: [], captions: [], witnesses: [] };

function answerWith(candidates: readonly Partial<Candidate>[], more: Partial<LocateAnswer> = {}): LocateAnswer {
  const whole = { point: { lat: 0, lon: 0 }, probability: 0.5, radius_50_km: 5, radius_90_km: 50, place, because };
  return {
    ...{ verdict: someVerdict(), known: null, photo_facts: null, model_notice: null },
    ...{ query: { sha256: null, reference_id: null }, confident: true, reason: null, calibrated: true, spread: 0.1 },
    candidates: candidates.map((candidate) => ({ ...whole, radius_is: 'calibrated' as const, ...candidate })),
    ...{ neighbours: [], captions: [], hints: null, model: 'm', took_ms: { total: 1 } },
    index_coverage: { best_score: null, quantile: null, covered: false, reason: 'no_references' },
    blend: {
      ...{ alpha: 1, beta: 1, gamma: 1, not_indexed_probability: 0, profile: 'p' },
      utility: 'default',
      ...{ retrieval_alone: null, captions_alone: null },
    },
    ...more,
  };
}

describe('an answer as GeoJSON', () => {
  it('has circles of the radii, which run as RFC 7946 says', () => {
    const centre = fc.record({
      lat: fc.double({ min: -80, max: 80, noNaN: true }),
      lon: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    fc.assert(
      fc.property(centre, fc.double({ min: 0.1, max: 900, noNaN: true }), (point, radius_90_km) => {
        const [, , circle] = answerFeatures(answerWith([{ point, radius_90_km }]));
        expect(circle?.properties).toEqual({ kind: 'circle', rank: 1, holds: 0.9, radius_km: radius_90_km });
        const [ring = []] = (circle?.geometry.coordinates ?? []) as number[][][];
        expect(ring[0]).toEqual(ring.at(-1));
        let area = 0;
        ring.forEach(([lon = 0, lat = 0], i) => {
          expect(Math.abs(distanceKm(point, { lat, lon }) - radius_90_km)).toBeLessThan(0.01);
          const [nextLon = 0, nextLat = 0] = ring[(i + 1) % ring.length] ?? [];
          area += (lon - point.lon) * (nextLat - point.lat) - (nextLon - point.lon) * (lat - point.lat);
        });
        expect(area).toBeGreaterThan(0);
      }),
    );
  });

  it('numbers candidates and says of each whether the answer is confident', () => {
    const features = answerFeatures(answerWith([{ probability: 0.6 }, { probability: 0.3 }]), { file: 'a.jpg' });
    const candidates = features.filter(({ properties }) => properties.kind === 'candidate');
    expect(candidates.map(({ properties }) => [properties.rank, properties.probability])).toEqual([
      [1, 0.6],
      [2, 0.3],
    ]);
    expect(candidates[0]?.properties).toMatchObject({ ...place, confident: true, spread: 0.1 });
    expect(new Set(features.map(({ properties }) => properties.file))).toEqual(new Set(['a.jpg']));
  });

  it('shows the posterior where the answer has it, and leaves nothing else of it beside the features', () => {
    const posterior = [{ point: { lat: 1, lon: 2 }, probability: 0.25 }];
    const { features, ...beside } = answerGeoJson(answerWith([], { posterior }));
    expect(features).toEqual([
      {
        type: 'Feature',
        geometry: { type: 'Point', coordinates: [2, 1] },
        properties: { kind: 'posterior', probability: 0.25 },
      },
    ]);
    expect(beside).not.toHaveProperty('posterior');
  });
});
