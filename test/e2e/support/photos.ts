import sharp, { type Sharp } from 'sharp';

const [WIDTH, HEIGHT] = [480, 640];
const RED = { r: 200, g: 30, b: 30 };
const BLUE = { r: 30, g: 30, b: 200 };

/** A portrait: its upper half red, its lower half blue. */
function portrait(): Sharp {
  const lower = { create: { width: WIDTH, height: HEIGHT / 2, channels: 3 as const, background: BLUE } };
  return sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: RED } }).composite([
    { input: lower, top: HEIGHT / 2, left: 0 },
  ]);
}

/** The portrait as a phone stores it: lying on its side, with EXIF's orientation 6. */
export async function portraitOnItsSide(quality: number): Promise<Buffer> {
  const upright = await portrait().png().toBuffer();
  return sharp(upright).rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality }).toBuffer();
}

export async function cmykJpeg(): Promise<Buffer> {
  const upright = await portrait().png().toBuffer();
  return sharp(upright).toColourspace('cmyk').jpeg().toBuffer();
}

/** The portrait first, then two frames of other colours. */
export async function animated(format: 'gif' | 'webp'): Promise<Buffer> {
  const others = [BLUE, { r: 20, g: 150, b: 20 }].map((background) =>
    sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background } })
      .png()
      .toBuffer(),
  );
  const frames = await Promise.all([portrait().png().toBuffer(), ...others]);
  return sharp(frames, { join: { animated: true } })
    .toFormat(format, { delay: [2000, 2000, 2000], loop: 0 })
    .toBuffer();
}

/** A JPEG of few bytes that unfolds to many pixels. */
export function manyPixels(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: RED } })
    .jpeg({ quality: 20 })
    .toBuffer();
}

/** Whether a picture of the portrait has red above and blue below. */
export async function isUpright(picture: Buffer): Promise<boolean> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (y: number) => {
    const i = (Math.round(y * info.height) * info.width + Math.round(info.width / 2)) * info.channels;
    return { red: data[i] as number, blue: data[i + 2] as number };
  };
  const [above, below] = [at(0.25), at(0.75)];
  return above.red > above.blue + 80 && below.blue > below.red + 80;
}
