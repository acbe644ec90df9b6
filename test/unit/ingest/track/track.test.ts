import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { describe, expect, it } from '@jest/globals';
import { ERROR_OF_CLOCK, parseSeconds, ZONE_OF_CLOCK } from '../../../../src/ingest/track/clock-seconds.js';
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
  it('that is not there is an error that names it', async () => {
    const file = join(temporaryFolder(), 'none.gpx');
    await expect(readGpx(file)).rejects.toMatchObject({
      code: 'track_not_found',
      message: expect.stringContaining(file),
    });
  });

  it('is read beside the thread that answers calls, however large it is', async () => {
    const points = Array.from({ length: 30_000 }, (_, i) => [i, 10 + i / 1e5, 20, i % 900]);
    const before = performance.eventLoopUtilization();
    const walk = await track(points, (xml) => {
      // Making the file is not what is measured.
      Object.assign(before, performance.eventLoopUtilization());
      return xml;
    });
    expect(walk.segments[0]?.timesMs).toHaveLength(30_000);
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.4);
  });

  it('places an instant straight between the points around it', async () => {
    const walk = await track([
      [0, 10, 10, 0],
      [60, 10, 20, 100],
      [90, 11, 20],
    ]);
    expect(walk.notices).toEqual([]);
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
    expect(walk.segments.map(({ lats }) => [...lats])).toEqual([[10]]);
    expect(walk.notices).toEqual([
      expect.stringMatching(/^t\.gpx has 1 point without a position/),
      expect.stringMatching(/^t\.gpx has 1 point without a time/),
    ]);
  });

  const at = (second: number) => new Date(START + second * 1000).toISOString();
  const raw = async (...segments: string[]) => {
    const xml = `<gpx><trk>${segments.map((points) => `<trkseg>${points}</trkseg>`).join('')}</trk></gpx>`;
    return readGpx(join(temporaryFolder({ 't.gpx': xml }), 't.gpx'));
  };
  const point = (second: number, lat: string | number, lon: string | number, more = '') =>
    `<trkpt lat="${lat}" lon="${lon}"><time>${at(second)}</time>${more}</trkpt>`;

  it.each([
    ['empty', point(20, '', '')],
    ['of spaces', point(20, ' ', ' ')],
    ['not numbers', point(20, 'NaN', 'nan')],
    ['words', point(20, 'unknown', 'unknown')],
    ['half empty', point(20, '10', '')],
    ['missing', `<trkpt><time>${at(20)}</time></trkpt>`],
    ['0, 0', point(20, '0.000000', '-0')],
    ['without a fix', point(20, 3, 3, '<fix>none</fix>')],
  ])('passes over a point whose coordinates are %s: its neighbours count, and it is said', async (_name, strange) => {
    const walk = await raw(point(0, 10, 10) + strange + point(40, 12, 14));
    expect(placeOnTrack(walk, START + 20_000, 60)?.point).toEqual({ lat: 11, lon: 12 });
    expect(placeOnTrack(walk, START + 20_000, 39)).toBeNull();
    expect(walk.notices).toEqual([expect.stringMatching(/^t\.gpx has 1 point without a position.*12:00:20Z/)]);
  });

  it('without any point is refused, with what stands in it', async () => {
    await expect(raw(point(0, 0, 0) + point(9, '', ''))).rejects.toMatchObject({
      code: 'track_invalid',
      message: expect.stringContaining('t.gpx has 2 points without a position'),
    });
  });

  it('knows nothing between two segments, however near and whatever the gap', async () => {
    const walk = await raw(point(0, 10, 10) + point(10, 10, 11), point(12, 20, 11) + point(30, 20, 12));
    expect(placeOnTrack(walk, START + 10_000, 3600)?.point).toEqual({ lat: 10, lon: 11 });
    expect(placeOnTrack(walk, START + 11_000, 3600)).toBeNull();
    expect(placeOnTrack(walk, START + 21_000, 3600)?.point).toEqual({ lat: 20, lon: 11.5 });
  });

  it('takes the altitude of a point as unknown where it is empty', async () => {
    const walk = await raw(point(0, 10, 10, '<ele></ele>'));
    expect(placeOnTrack(walk, START, 60)).toEqual({ point: { lat: 10, lon: 10 }, altitudeM: null });
  });

  it('says where times run backwards or come twice, and knows nothing where it would be at two places', async () => {
    const set = await raw(point(0, 10, 10) + point(100, 10, 11) + point(50, 40, 10) + point(150, 40, 11));
    expect(set.notices).toEqual([expect.stringMatching(/backwards at 1 point .*12:00:50Z/)]);
    expect(placeOnTrack(set, START + 25_000, 600)?.point).toEqual({ lat: 10, lon: 10.25 });
    expect(placeOnTrack(set, START + 75_000, 600)).toBeNull();
    expect(placeOnTrack(set, START + 125_000, 600)?.point).toEqual({ lat: 40, lon: 10.75 });
    const twice = await raw(point(0, 10, 10) + point(30, 10, 11) + point(30, 40, 11) + point(60, 40, 12));
    expect(twice.notices).toEqual([
      expect.stringMatching(/^t\.gpx has 1 point with the time of the point before.*12:00:30Z/),
    ]);
    expect(placeOnTrack(twice, START + 30_000, 60)).toBeNull();
    expect(placeOnTrack(twice, START + 15_000, 60)?.point).toEqual({ lat: 10, lon: 10.5 });
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

describe('the seconds of a clock', () => {
  it.each([
    ['-7200', -7200],
    ['35', 35],
    ['+0.5', 0.5],
    ['-02:00', -7200],
    ['+05:45', 20_700],
    ['-00:00:35', -35],
    ['1:00', 3600],
  ])('%s is %d s', (text, seconds) => {
    expect(parseSeconds(text, ZONE_OF_CLOCK)).toBe(seconds);
  });

  it.each(['', 'two hours', '-2:60', '1:2:3', '02:00Z'])('%j is none', (text) => {
    expect(() => parseSeconds(text, ZONE_OF_CLOCK)).toThrow(expect.objectContaining({ code: 'clock_offset_invalid' }));
    expect(() => parseSeconds(text, ERROR_OF_CLOCK)).toThrow(
      expect.objectContaining({
        code: 'clock_correction_invalid',
        message: expect.stringContaining('±HH:MM[:SS]'),
      }),
    );
  });
});
