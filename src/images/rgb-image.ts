/** Upright pixels: RGB, 8 bits each, interleaved, row by row from the top left; `data.length === width * height * 3`. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}
