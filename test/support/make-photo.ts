import sharp from 'sharp';

/** A small JPEG whose bytes depend on `seed`, with a position in its EXIF where one is given (whole 1/1000 of degrees). */
export async function makePhoto(seed: number, point?: { lat: number; lon: number }): Promise<Buffer> {
  const background = { r: seed % 256, g: (seed >> 8) % 256, b: (seed * 37) % 256 };
  const picture = sharp({ create: { width: 24, height: 16, channels: 3, background } });
  const angle = (value: number) => `${Math.round(Math.abs(value) * 1000)}/1000 0/1 0/1`;
  const tags = point && {
    IFD3: {
      GPSLatitudeRef: point.lat < 0 ? 'S' : 'N',
      GPSLatitude: angle(point.lat),
      GPSLongitudeRef: point.lon < 0 ? 'W' : 'E',
      GPSLongitude: angle(point.lon),
    },
  };
  return (tags ? picture.withExif(tags) : picture).jpeg().toBuffer();
}
