import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { hashOf } from './visit.js';

export type Colour = readonly [red: number, green: number, blue: number];

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue of each pixel, row by row. */
  readonly data: Uint8Array;
}

export async function pixelsOf(picture: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

export function colourAt({ data, width }: Pixels, x: number, y: number): Colour {
  const i = (y * width + x) * 3;
  return [data[i] as number, data[i + 1] as number, data[i + 2] as number];
}

const TOLERANCE = 6;

/** How many pixels have about this colour. */
export function countOf({ data }: Pixels, [red, green, blue]: Colour): number {
  let found = 0;
  const near = (i: number, value: number) => Math.abs((data[i] as number) - value) <= TOLERANCE;
  for (let i = 0; i < data.length; i += 3) if (near(i, red) && near(i + 1, green) && near(i + 2, blue)) found++;
  return found;
}

const WORLD_PIXELS = 512;

/** Where a point lies on the map, in pixels from its upper left corner: Web Mercator, as the address says the map looks. */
export async function placeOnMap(page: Page): Promise<(point: { lat: number; lon: number }) => [x: number, y: number]> {
  const [lat, lon, zoom] = (/at=([-\d.,]+)/.exec(await hashOf(page))?.[1] ?? '').split(',').map(Number) as [
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
