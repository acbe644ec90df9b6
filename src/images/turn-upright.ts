import type { RgbImage } from './rgb-image.js';

/**
 * Turns and mirrors a picture as EXIF's Orientation asks (Exif 2.32, 4.6.4: what the first row and the first column are), for
 * files whose orientation libvips does not see. 1 and illegal values leave it as it is.
 */
export function turnUpright(image: RgbImage, orientation: number): RgbImage {
  if (!(Number.isInteger(orientation) && orientation >= 2 && orientation <= 8)) return image;
  const swapped = orientation >= 5;
  const [width, height] = swapped ? [image.height, image.width] : [image.width, image.height];
  const fromRight = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const fromBottom = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  const data = new Uint8Array(image.data.length);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 3) {
      const [column, row] = swapped ? [y, x] : [x, y];
      const fromX = fromRight ? image.width - 1 - column : column;
      const fromY = fromBottom ? image.height - 1 - row : row;
      const i = 3 * (fromY * image.width + fromX);
      data.set(image.data.subarray(i, i + 3), o);
    }
  }
  return { data, width, height };
}
