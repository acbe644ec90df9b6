import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseClockOffset } from '../../../../src/ingest/track/clock-offset.js';
import { placeOnTrack } from '../../../../src/ingest/track/place-on-track.js';
import { readGpx } from '../../../../src/ingest/track/read-gpx.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const START = Date.UTC(2020, 5, 1, 12, 0, 0);

/** Points of [seconds after START, lat, lon, altitude?]. */
async function track(points: readonly (readonly number[])[], wrap = (xml: string) => xml) {
  const xml = points
    .map(([second, lat, lon, altitude]) => {
      const time = new Date(START + (second as number) * 1000).toISOString();
      return `<trkpt lat="${lat}" lon="${lon}">${altitude === undefined ? '' : `<ele>${altitude}</ele>`}<time>${time}</time></trkpt>`;
    })
    .join('');
  const gpx = wrap(
    `<?xml version="1.0"?><gpx version="1.1"><trk><name>a &amp; b</name><trkseg>${xml}</trkseg></trk></gpx>`,
  );
  const folder = temporaryFolder({ 't.gpx': gpx });
  return readGpx(join(folder, 't.gpx'));
}

describe('a GPX track', () => {
  it('places an instant straight between the points around it', async () => {
    const walk = await track([
      [60, 10, 20, 100],
      [0, 10, 10, 0],
      [90, 11, 20],
    ]);
    expect(placeOnTrack(walk, START + 15_000, 60)).toEqual({ point: { lat: 10, lon: 12.5 }, altitudeM: 25 });
    expect(placeOnTrack(walk, START + 60_000, 60)).toEqual({ point: { lat: 10, lon: 20 }, altitudeM: 100 });
    expect(placeOnTrack(walk, START + 75_000, 60)?.altitudeM).toBeNull();
  });

  it('knows nothing before its start, after its end, and in long gaps', async () => {
    const walk = await track([
      [0, 10, 10],
      [60, 10, 20],
      [600, 10, 30],
    ]);
    expect(placeOnTrack(walk, START - 1, 60)).toBeNull();
    expect(placeOnTrack(walk, START + 600_001, 60)).toBeNull();
    expect(placeOnTrack(walk, START + 61_000, 60)).toBeNull();
    expect(placeOnTrack(walk, START + 61_000, 540)).not.toBeNull();
    expect(placeOnTrack(walk, START + 600_000, 60)?.point).toEqual({ lat: 10, lon: 30 });
  });

  it('crosses 180° the short way', async () => {
    const sail = await track([
      [0, 0, 179],
      [60, 0, -179],
    ]);
    expect(placeOnTrack(sail, START + 15_000, 60)?.point.lon).toBeCloseTo(179.5, 9);
    expect(placeOnTrack(sail, START + 45_000, 60)?.point.lon).toBeCloseTo(-179.5, 9);
  });

  it('passes over points without a time or a legal position', async () => {
    const walk = await track(
      [
        [0, 91, 10],
        [30, 10, 10],
      ],
      (xml) => xml.replace('<trkseg>', '<trkseg><trkpt lat="1" lon="1"/>'),
    );
    expect([...walk.lats]).toEqual([10]);
  });

  it.each(['', '<gpx></gpx>', 'hello', '<gpx><trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>'])(
    'refuses %j',
    async (text) => {
      const folder = temporaryFolder({ 't.gpx': text });
      await expect(readGpx(join(folder, 't.gpx'))).rejects.toMatchObject({ code: 'track_invalid' });
    },
  );

  it('refuses declared entities', async () => {
    const bomb = track([[0, 1, 2]], (xml) => `<!DOCTYPE x [<!ENTITY a "b">]>${xml}`);
    await expect(bomb).rejects.toMatchObject({ code: 'track_invalid' });
  });
});

describe('a clock offset', () => {
  it.each([
    ['-7200', -7200],
    ['35', 35],
    ['+0.5', 0.5],
    ['-02:00', -7200],
    ['+05:45', 20_700],
    ['-00:00:35', -35],
    ['1:00', 3600],
  ])('%s is %d s', (text, seconds) => {
    expect(parseClockOffset(text)).toBe(seconds);
  });

  it.each(['', 'two hours', '-2:60', '1:2:3', '02:00Z'])('%j is none', (text) => {
    expect(() => parseClockOffset(text)).toThrow(/±HH:MM/);
  });
});
