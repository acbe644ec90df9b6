import type { Page } from 'playwright-core';
import sharp from 'sharp';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of a pixel. */
  at(x: number, y: number): readonly [number, number, number];
}

export async function pixelsOf(picture: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return {
    width,
    height,
    at: (x, y) => {
      const i = (Math.round(y) * width + Math.round(x)) * 3;
      return [data[i] as number, data[i + 1] as number, data[i + 2] as number];
    },
  };
}

/** How many pixels have about this colour. */
export function countOf(pixels: Pixels, colour: readonly [number, number, number], tolerance = 6): number {
  let found = 0;
  for (let y = 0; y < pixels.height; y++) {
    for (let x = 0; x < pixels.width; x++) {
      const here = pixels.at(x, y);
      if (here.every((value, i) => Math.abs(value - (colour[i] as number)) <= tolerance)) found++;
    }
  }
  return found;
}

const WORLD_PIXELS = 512;

/** Where a point lies on the map, in pixels from its upper left corner: Web Mercator, as the address says the map looks. */
export async function placeOnMap(page: Page): Promise<(point: { lat: number; lon: number }) => [x: number, y: number]> {
  const [lat, lon, zoom] = (/at=([-\d.,]+)/.exec(page.url())?.[1] ?? '').split(',').map(Number) as [
    number,
    number,
    number,
  ];
  const box = await page.locator('.map-canvas').boundingBox();
  const size = WORLD_PIXELS * 2 ** zoom;
  const mercator = (point: { lat: number; lon: number }) => {
    const phi = (point.lat * Math.PI) / 180;
    return [
      (size * (point.lon + 180)) / 360,
      (size * (1 - Math.log(Math.tan(phi) + 1 / Math.cos(phi)) / Math.PI)) / 2,
    ] as const;
  };
  const [middleX, middleY] = mercator({ lat, lon });
  return (point) => {
    const [x, y] = mercator(point);
    return [x - middleX + (box?.width ?? 0) / 2, y - middleY + (box?.height ?? 0) / 2];
  };
}
