import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import sharp, { type Exif } from 'sharp';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { xmpPacket } from '../../support/xmp-packet.js';

interface Report {
  readonly skipped?: string;
  readonly summary: Readonly<Record<string, number>>;
  readonly differences: readonly {
    readonly kind: string;
    readonly count: number;
    readonly examples: readonly unknown[];
  }[];
}

function compare(args: readonly string[], path = process.env.PATH): { status: number | null; out: string } {
  const { status, stdout } = spawnSync(process.execPath, ['scripts/compare-with-exiftool.mjs', ...args], {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  return { status, out: stdout };
}

function describeWithExiftool(name: string, tests: () => void): void {
  if (spawnSync('exiftool', ['-ver']).status === 0) {
    describe(name, tests);
    return;
  }
  console.warn(`Skipped, because ExifTool is not installed: ${name}`);
  describe.skip(name, tests);
}

async function photo(exif: Exif): Promise<Buffer> {
  return sharp({ create: { width: 12, height: 8, channels: 3, background: '#345' } })
    .withExif(exif)
    .jpeg()
    .toBuffer();
}

function gps(lat: string, lon: string): Exif {
  return { IFD3: { GPSLatitudeRef: 'S', GPSLatitude: lat, GPSLongitudeRef: 'W', GPSLongitude: lon } };
}

describeWithExiftool('the comparison with ExifTool', () => {
  it('counts agreement, and each kind of difference with its first examples', async () => {
    const folder = temporaryFolder({
      'same.jpg': await photo({
        IFD0: { Artist: 'Zoë Ann', Orientation: '6' },
        IFD2: { DateTimeOriginal: '2020:06:08 13:24:10', OffsetTimeOriginal: '-07:00' },
        IFD3: { ...gps('12/1 30/1 0/1', '45/1 15/1 0/1').IFD3, GPSAltitude: '155/10', GPSImgDirection: '2705/10' },
      }),
      'zero.jpg': await photo(gps('0/1 0/1 0/1', '0/1 0/1 0/1')),
      'zero-too.jpg': await photo(gps('0/1 0/1 0/2', '0/1 0/1 0/1')),
      'deep/beside.xmp': xmpPacket('exif:GPSLatitude="12,30.0S" exif:GPSLongitude="45,15.0W"'),
      'letters.xmp': xmpPacket('exif:GPSLatitude="12.5" exif:GPSLatitudeRef="S" exif:GPSLongitude="45.25"'),
      'notes.txt': 'no photo',
    });
    const { status, out } = compare([folder, '--json']);
    const report: Report = JSON.parse(out);
    expect(status).toBe(0);
    expect(report.summary).toEqual({
      files: 5,
      exiftool: 5,
      ours: 3,
      both: 3,
      wrong: 0,
      only_exiftool: 2,
      only_ours: 0,
    });
    const kind = 'position: only ExifTool has one (The GPS position in EXIF is none)';
    expect(report.differences.map((one) => one.kind)).toEqual([kind]);
    expect(report.differences[0]?.count).toBe(2);
    expect(report.differences[0]?.examples[0]).toEqual({ file: 'zero-too.jpg', ours: null, exiftool: '0, 0' });
    expect(compare([folder]).out).toContain(`2 × ${kind}\n    zero-too.jpg: ours null, ExifTool 0, 0`);
  });
});

describe('the comparison without ExifTool', () => {
  it('says so plainly and ends well', () => {
    const { status, out } = compare([temporaryFolder(), '--json'], '');
    expect(status).toBe(0);
    expect(JSON.parse(out).skipped).toContain('ExifTool is not installed');
  });

  it('asks for one folder', () => {
    expect(compare([]).status).toBe(2);
  });
});
